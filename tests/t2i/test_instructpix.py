"""InstructPix2Pix on a tiny checkpoint."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionInstructPix2PixPipeline, StableDiffusionPipeline, UNet2DConditionModel

from cmc.registry import T2I
from cmc.t2i.base import Request, Sampling
from tests import tiny_t2i
from tests.conftest import photo

SAMPLING = Sampling("full", strength=0.5, steps=2)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("instruct")
    plain = StableDiffusionPipeline.from_pretrained(tiny_t2i.sd(folder / "sd"), safety_checker=None)
    torch.manual_seed(0)
    config = dict(plain.unet.config) | {"in_channels": 8}  # noise beside the reference
    parts = {name: part for name, part in plain.components.items() if name != "image_encoder"}
    parts["unet"] = UNet2DConditionModel.from_config(config)
    StableDiffusionInstructPix2PixPipeline(**parts, requires_safety_checker=False).save_pretrained(folder / "ip2p")
    return folder / "ip2p"


def test_it_edits_a_photograph(checkpoint: Path) -> None:
    entry = T2I.get("instructpix")
    asked = [Request(name, "a cup", (64, 64), photo(name).resize((64, 64)), i) for i, name in enumerate(_NAMES)]
    near, far = (
        entry.create(str(checkpoint), torch.device("cpu"), torch.float32, image_guidance_scale=scale)
        for scale in (8.0, 1.0)
    )
    pictures = near.render(asked, SAMPLING)
    assert [picture.pixels.shape for picture in pictures] == [(64, 64, 3)] * 2
    alone = near.render(asked[1:], SAMPLING)[0].pixels
    assert np.abs(alone - pictures[1].pixels).max() < 1e-4
    assert np.abs(far.render(asked[1:], SAMPLING)[0].pixels - alone).max() > 1e-3
    assert near.describe()["image_guidance_scale"] == 8.0


_NAMES = ("coffee.png", "chelsea.png")


def test_it_has_no_strength() -> None:
    facts = T2I.get("instructpix").facts
    assert facts.modes == {"full", "image"}
    assert "image_guidance_scale" in facts.no_strength


def test_a_long_edit_is_cut_where_the_tokenizer_states_no_length(checkpoint: Path, tmp_path: Path) -> None:
    folder = tiny_t2i.without_length(checkpoint, tmp_path / "odd")
    decoder = T2I.get("instructpix").create(str(folder), torch.device("cpu"), torch.float32)
    assert decoder.tokens_over(tiny_t2i.LONG) > 0
    request = Request("a", tiny_t2i.LONG, (64, 64), photo("coffee.png").resize((64, 64)), 1)
    assert decoder.render([request], SAMPLING)[0].pixels.shape == (64, 64, 3)
