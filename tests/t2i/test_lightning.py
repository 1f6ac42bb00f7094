"""SDXL-Lightning: a UNet's file over a checkpoint of Stable Diffusion XL, both tiny."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file

from cmc.core.errors import CMCError
from cmc.registry import T2I
from cmc.t2i.base import Request, Sampling
from cmc.t2i.lightning import LightningDecoder
from tests.conftest import photo

SIZE = (72, 48)
FILE = "sdxl_lightning_4step_unet.safetensors"


@pytest.fixture(scope="module")
def released(sdxl: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the authors' repository: weights, and no configuration."""
    folder = tmp_path_factory.mktemp("lightning")
    torch.manual_seed(1)
    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(sdxl, subfolder="unet"))
    save_file(unet.half().state_dict(), folder / FILE)
    return folder


def make(folder: Path, sdxl: Path, **options: str) -> LightningDecoder:
    return T2I.get("sdxl-lightning").create(str(folder), torch.device("cpu"), torch.float32, base=str(sdxl), **options)


def request(seed: int = 7, start: bool = False) -> Request:
    return Request("p", "a cup", SIZE, photo("coffee.png").resize(SIZE) if start else None, seed)


def test_its_pictures_are_those_of_the_released_recipe(released: Path, sdxl: Path) -> None:
    plain = StableDiffusionXLPipeline.from_pretrained(sdxl)
    plain.unet.load_state_dict(load_file(released / FILE))
    plain.scheduler = EulerDiscreteScheduler.from_config(plain.scheduler.config, timestep_spacing="trailing")
    noise = torch.Generator("cpu").manual_seed(7)
    options = {"width": SIZE[0], "height": SIZE[1], "num_inference_steps": 4, "guidance_scale": 0}
    wanted = plain("a cup", generator=noise, output_type="np", **options).images[0]
    decoder = make(released, sdxl)
    made = decoder.render([request()], Sampling("text", 1.0, 4, T2I.get("sdxl-lightning").facts.guidance))
    assert np.abs(made[0].pixels - wanted).max() < 1e-5
    assert decoder.describe()["weights"]["unet"] == FILE


@pytest.mark.parametrize("mode", ["text", "full"])
def test_a_request_has_its_picture_wherever_it_stands(mode: str, released: Path, sdxl: Path) -> None:
    decoder, sampling = make(released, sdxl), Sampling(mode, 0.5, 4, 0.0)
    first, second = request(7, mode == "full"), request(8, mode == "full")
    together = [picture.pixels for picture in decoder.render([first, second], sampling)]
    alone = decoder.render([second], sampling)[0].pixels
    assert alone.shape == (*SIZE[::-1], 3)
    assert np.abs(alone - together[1]).max() <= 1 / 255
    assert np.abs(together[0] - together[1]).max() > 5 / 255


def test_what_was_loaded_depends_on_both_parts(released: Path, sdxl: Path, tmp_path: Path) -> None:
    save_file({name: weights + 1 for name, weights in load_file(released / FILE).items()}, tmp_path / FILE)
    one, other = make(released, sdxl).describe(), make(tmp_path, sdxl).describe()
    assert one["revision"] != other["revision"]
    assert one["base"] == str(sdxl)


def test_weights_that_do_not_fit_are_refused_by_name(released: Path, sdxl: Path, tmp_path: Path) -> None:
    state = load_file(released / FILE)
    bias = state.pop("conv_in.bias")
    save_file(state | {"another.bias": bias}, tmp_path / FILE)
    with pytest.raises(CMCError, match=r"1 missing: conv_in\.bias; 1 unknown: another\.bias"):
        make(tmp_path, sdxl)


def test_a_release_that_is_not_there_is_named(released: Path, sdxl: Path) -> None:
    with pytest.raises(CMCError, match=r"has no sdxl_lightning_8step_unet\.safetensors"):
        make(released, sdxl, variant="8step")
    with pytest.raises(CMCError, match="no variant '16step'; it has 2step, 4step, 8step"):
        make(released, sdxl, variant="16step")
