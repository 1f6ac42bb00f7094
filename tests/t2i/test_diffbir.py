"""DiffBIR whole: released layouts in, pictures out."""

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


def make(folder: Path, dtype: torch.dtype = torch.float32, **options: Any) -> Decoder:
    decoder = T2I.get("diffbir").create(str(folder), torch.device("cpu"), dtype, head_width=16, **options)
    decoder.short_edge = 32
    return decoder


def request(name: str = "coffee.png", seed: int = 1, prompt: str = "a cup") -> Request:
    return Request(name, prompt, (64, 48), photo(name).resize((64, 48)), seed)


@pytest.mark.parametrize("variant", ["v1-full", "v1", "v2", "v2.1"])
def test_every_release_paints_a_photograph(tmp_path: Path, variant: str) -> None:
    decoder = make(tiny_ldm.diffbir(tmp_path, variant))
    assert decoder.describe()["variant"] == variant
    first, second = decoder.render([request(seed=1), request("chelsea.png", seed=2)], SAMPLING)
    assert first.pixels.shape == (48, 64, 3)
    assert np.isfinite(first.pixels).all()
    alone = decoder.render([request("chelsea.png", seed=2)], SAMPLING)[0]
    assert np.abs(alone.pixels - second.pixels).max() < 1e-4  # whatever its neighbours
    other = decoder.render([request("chelsea.png", seed=3)], SAMPLING)[0]
    assert np.abs(alone.pixels - other.pixels).max() > 1e-2


def test_only_releases_trained_on_prompts_read_them(tmp_path: Path) -> None:
    for variant, reads in {"v2": True, "v1": False}.items():
        decoder = make(tiny_ldm.diffbir(tmp_path / variant, variant))
        one, two = (decoder.render([request(prompt=prompt)], SAMPLING)[0].pixels for prompt in ("a cup", "two owls"))
        assert (np.abs(one - two).max() > 1e-6) == reads


def test_the_picture_keeps_the_colours_of_stage_one(tmp_path: Path) -> None:
    decoder = make(tiny_ldm.diffbir(tmp_path, "v2"))
    decoder._degradation_removal = lambda images: images  # type: ignore[attr-defined]
    asked = request()
    made = decoder.render([asked], Sampling("full", 0.5, steps=2))[0].pixels
    wanted = np.asarray(asked.reference, dtype=np.float32) / 255
    assert np.abs(made.mean((0, 1)) - wanted.mean((0, 1))).max() < 0.1


def test_a_folder_without_the_files_says_what_to_download(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"has none of v2\.pth, .*download https://huggingface.co/lxq007"):
        make(tmp_path)
    (tiny_ldm.diffbir(tmp_path, "v2") / "BSRNet.pth").unlink()
    with pytest.raises(CMCError, match=r"BSRNet\.pth is missing; download https://github.com/cszn"):
        make(tmp_path)
    with pytest.raises(CMCError, match="no variant 'v9'"):
        make(tmp_path, variant="v9")


def _mixed_up(folder: Path) -> None:
    one, two = folder / "v2.pth", folder / "BSRNet.pth"
    held = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(held)


def _truncated(folder: Path) -> None:
    file = folder / "v2.pth"
    file.write_bytes(file.read_bytes()[:-2000])


def _cut(folder: Path) -> None:
    state = torch.load(folder / "v2.pth", weights_only=True)["state_dict"]
    del state["middle_block_out.0.bias"], state["zero_convs.1.0.weight"]
    tiny_ldm.save(folder / "v2.pth", state)


def _code(folder: Path) -> None:
    torch.save({"state_dict": {"run": print}}, folder / "v2.pth")


def _wrong_base(folder: Path) -> None:
    file = folder / "v2-1_512-ema-pruned.ckpt"
    tiny_ldm.save(file, torch.load(file, weights_only=True)["state_dict"] | {"structcond_stage_model.x": torch.ones(1)})


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_mixed_up, r"v2\.pth lacks input_blocks\.0\.0\.weight, found model\."),
        (_truncated, r"v2\.pth cannot be read"),
        (_cut, r"missing: controlnet_down_blocks\.1\.weight, controlnet_mid_block\.bias"),
        (_code, r"v2\.pth cannot be read"),
        (_wrong_base, r"unknown weights \(structcond_stage_model\.x\)"),
    ],
)
def test_a_spoilt_checkpoint_is_refused(tmp_path: Path, spoil: Any, named: str) -> None:
    folder = tiny_ldm.diffbir(tmp_path, "v2")
    spoil(folder)
    with pytest.raises(CMCError, match=named):
        make(folder)


def test_half_precision_paints_and_can_be_retried_with_an_fp32_autoencoder(tmp_path: Path) -> None:
    decoder = make(tiny_ldm.diffbir(tmp_path, "v1-full"), dtype=torch.bfloat16)
    half = decoder.render([request()], SAMPLING)[0].pixels
    with decoder.full_precision():
        full = decoder.render([request()], SAMPLING)[0].pixels
    again = decoder.render([request()], SAMPLING)[0].pixels
    assert np.isfinite(half).all()
    assert np.abs(half - full).max() > 0
    assert np.array_equal(half, again)


def test_scunet_takes_the_place_of_a_missing_bsrnet(tmp_path: Path) -> None:
    folder = tiny_ldm.diffbir(tmp_path, "v2")
    (folder / "BSRNet.pth").unlink()
    tiny_ldm.save(folder / "scunet_color_real_psnr.pth", tiny_ldm.scunet())
    decoder = make(folder)
    assert decoder.describe()["stage1"] == "SCUNet"
    assert np.isfinite(decoder.render([request()], SAMPLING)[0].pixels).all()
