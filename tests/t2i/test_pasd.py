"""PASD whole: released layouts in, pictures out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cmc.core.errors import CMCError
from cmc.registry import T2I
from cmc.t2i.base import Decoder, Request, Sampling
from tests import tiny_ldm
from tests.conftest import photo

SAMPLING = Sampling("full", strength=0.5, steps=2)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_ldm.pasd_base(tmp_path_factory.mktemp("base"))


def make(folder: Path, base: Path) -> Decoder:
    decoder: Any = T2I.get("pasd").create(str(folder), torch.device("cpu"), torch.float32, base=str(base))
    decoder.short_edge = 64
    return decoder


def request(name: str = "coffee.png", seed: int = 1, prompt: str = "a cup") -> Request:
    return Request(name, prompt, (96, 72), photo(name).resize((96, 72)), seed)


@pytest.mark.parametrize("name", ["pasd", "pasd_light"])
def test_both_variants_paint_a_photograph(tmp_path: Path, base: Path, name: str) -> None:
    decoder = make(tiny_ldm.pasd(tmp_path, name), base)
    assert decoder.describe()["variant"] == {"pasd": "full", "pasd_light": "light"}[name]
    first, second = decoder.render([request(), request("chelsea.png", seed=2)], SAMPLING)
    assert first.pixels.shape == (72, 96, 3)
    assert np.isfinite(first.pixels).all()
    alone = decoder.render([request("chelsea.png", seed=2)], SAMPLING)[0]
    assert np.abs(alone.pixels - second.pixels).max() < 1e-4
    other = decoder.render([request("chelsea.png", seed=2, prompt="an owl")], SAMPLING)[0]
    assert np.abs(alone.pixels - other.pixels).max() > 1e-6


def test_the_unet_in_the_controlnets_folder_is_refused(tmp_path: Path, base: Path) -> None:
    folder = tiny_ldm.pasd(tmp_path, "pasd")
    weights = "diffusion_pytorch_model.bin"
    (folder / "controlnet" / weights).write_bytes((folder / "unet" / weights).read_bytes())
    with pytest.raises(CMCError, match=r"missing: controlnet_cond_embedding.*unknown: conv_norm_out"):
        make(folder, base)


def test_a_missing_folder_is_named(tmp_path: Path, base: Path) -> None:
    with pytest.raises(CMCError, match=r"unet/config\.json cannot be read"):
        make(tmp_path, base)
