from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline

from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from tests import tiny_t2i
from tests.conftest import photo

TEXT = Sampling("text", 1.0, 3)
FULL = Sampling("full", 0.5, 4)
START = photo("coffee.png").resize((64, 48))


def _decoder(folder: Path, **options: bool) -> PipelineDecoder:
    return PipelineDecoder(str(folder), torch.device("cpu"), torch.float32, **options)


def _requests(count: int, start: bool) -> list[Request]:
    return [Request(f"p{i}", f"a cup, number {i}", (64, 48), START if start else None, 7 + i) for i in range(count)]


@pytest.mark.parametrize("family", ["sd", "sdxl"])
@pytest.mark.parametrize("sampling", [TEXT, FULL], ids=["text", "full"])
def test_a_picture_is_the_same_alone_and_in_a_batch(
    family: str, sampling: Sampling, request: pytest.FixtureRequest
) -> None:
    decoder = _decoder(request.getfixturevalue(family))
    requests = _requests(4, start=sampling is FULL)
    together = decoder.render(requests, sampling)
    for one, picture in zip(requests, together, strict=True):
        alone = decoder.render([one], sampling)[0].pixels
        assert alone.shape == (48, 64, 3)
        assert np.abs(alone - picture.pixels).max() <= 1 / 255
    assert np.abs(together[0].pixels - together[1].pixels).max() > 0.1


def test_pictures_are_those_of_the_plain_diffusers_pipelines(sd: Path) -> None:
    decoder, one = _decoder(sd), _requests(1, start=True)[0]
    plain = StableDiffusionPipeline.from_pretrained(sd)
    noise = torch.Generator("cpu").manual_seed(one.seed)
    text = plain(one.prompt, width=64, height=48, num_inference_steps=3, generator=noise, output_type="np").images[0]
    assert np.abs(decoder.render(_requests(1, start=False), TEXT)[0].pixels - text).max() < 1e-5
    repaint = StableDiffusionImg2ImgPipeline(**plain.components)
    noise = torch.Generator("cpu").manual_seed(one.seed)
    options = {"strength": 0.5, "num_inference_steps": 4, "guidance_scale": 3.0}
    full = repaint(one.prompt, START, generator=noise, output_type="np", **options).images[0]
    made = decoder.render([one], Sampling("full", 0.5, 4, guidance_scale=3.0))[0]
    assert np.abs(made.pixels - full).max() < 1e-5


def test_strength_is_not_swallowed(sd: Path) -> None:
    decoder, requests = _decoder(sd), _requests(1, start=True)
    start = np.asarray(START, dtype=np.float32) / 255
    weak, strong = (decoder.render(requests, Sampling("full", s, 10))[0].pixels for s in (0.1, 1.0))
    assert np.abs(weak - strong).max() > 0.05
    assert weak.shape == start.shape


def test_overflowing_vae_gives_nan_and_an_fp32_vae_heals_it(sd: Path) -> None:
    decoder = _decoder(sd)
    decoder._text_to_image.to(torch.bfloat16)
    healthy = decoder._text_to_image.vae.decode

    def overflow(latents: torch.Tensor, *args: object, **options: object) -> object:
        made = healthy(latents, *args, **options)
        if latents.dtype == torch.bfloat16:
            made = (made[0] * float("nan"),)
        return made

    decoder._text_to_image.vae.decode = overflow
    request = _requests(1, start=False)
    assert np.isnan(decoder.render(request, TEXT)[0].pixels).all()
    with decoder.full_precision():
        assert np.isfinite(decoder.render(request, TEXT)[0].pixels).all()
    assert decoder._text_to_image.vae.dtype == torch.bfloat16


def test_safety_checker_flags_where_asked_and_is_not_loaded_otherwise(tmp_path: Path) -> None:
    folder = tiny_t2i.sd(tmp_path, safety_checker=True)
    requests = _requests(2, start=False)
    off, on = _decoder(folder), _decoder(folder, safety_checker=True)
    assert off.describe()["safety_checker"] is False
    assert [picture.flagged for picture in off.render(requests, TEXT)] == [False, False]
    assert on.describe()["safety_checker"] is True
    assert [picture.flagged for picture in on.render(requests, TEXT)] == [True, True]


def test_token_overflow_is_counted(sdxl: Path) -> None:
    decoder = _decoder(sdxl)
    assert decoder.tokens_over("a cup") == 0
    assert decoder.tokens_over("x" * 75) == 0
    assert decoder.tokens_over("x" * 80) == 5
