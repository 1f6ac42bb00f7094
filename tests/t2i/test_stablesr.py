"""StableSR whole: released layouts in, pictures out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cmc.core.errors import CMCError
from cmc.registry import T2I
from cmc.t2i.base import Decoder, Request, Sampling
from cmc.t2i.restorers.tiles import Tile
from tests import tiny_ldm
from tests.conftest import photo

SAMPLING = Sampling("full", strength=0.5, steps=2)


def make(folder: Path, **options: Any) -> Decoder:
    decoder = T2I.get("stablesr").create(str(folder), torch.device("cpu"), torch.float32, head_width=16, **options)
    decoder.short_edge = 64
    return decoder


def request(name: str = "coffee.png", seed: int = 1, prompt: str = "a cup") -> Request:
    return Request(name, prompt, (96, 72), photo(name).resize((96, 72)), seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_ldm.stablesr(tmp_path_factory.mktemp("stablesr"))


def test_it_paints_a_photograph(folder: Path) -> None:
    decoder = make(folder)
    assert "non-commercial" in decoder.describe()["licence"]
    first, second = decoder.render([request(), request("chelsea.png", seed=2)], SAMPLING)
    assert first.pixels.shape == (72, 96, 3)
    assert np.isfinite(first.pixels).all()
    alone = decoder.render([request("chelsea.png", seed=2)], SAMPLING)[0]
    assert np.abs(alone.pixels - second.pixels).max() < 1e-4
    reseeded = decoder.render([request("chelsea.png", seed=3)], SAMPLING)[0]
    assert np.abs(alone.pixels - reseeded.pixels).max() > 1e-2
    reworded = decoder.render([request("chelsea.png", seed=2, prompt="an owl")], SAMPLING)[0]
    assert np.array_equal(alone.pixels, reworded.pixels)


def test_tiles_of_it_make_a_whole(folder: Path) -> None:
    decoder: Any = make(folder)
    decoder.tile = Tile(16, 8)
    decoder.vae.tile = decoder._wrapping_vae.tile = Tile(16, 8)
    made = decoder.render([request()], SAMPLING)[0].pixels
    assert made.shape == (72, 96, 3)
    assert np.isfinite(made).all()
    wanted = np.asarray(request().reference, dtype=np.float32) / 255
    assert np.abs(made.mean((0, 1)) - wanted.mean((0, 1))).max() < 0.1


def test_fidelity_changes_the_picture(folder: Path) -> None:
    free, faithful = (make(folder, fidelity=one).render([request()], SAMPLING)[0].pixels for one in (0.0, 1.0))
    assert np.abs(free - faithful).max() > 1e-3


def test_the_wrong_decoder_is_refused(tmp_path: Path) -> None:
    folder = tiny_ldm.stablesr(tmp_path)
    (folder / "vqgan_cfw_00011.ckpt").write_bytes((folder / "stablesr_000117.ckpt").read_bytes())
    with pytest.raises(CMCError, match=r"vqgan_cfw_00011\.ckpt lacks"):
        make(folder)


def test_another_models_checkpoint_is_refused(tmp_path: Path) -> None:
    folder = tiny_ldm.stablesr(tmp_path)
    tiny_ldm.save(folder / "stablesr_000117.ckpt", tiny_ldm.stable_diffusion())
    with pytest.raises(CMCError, match=r"unknown weights \(control_model\."):
        make(folder)


def test_what_is_missing_is_named_with_its_licence(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"none of stablesr_000117\.ckpt.*download https.*non-commercial"):
        make(tmp_path)
