from collections.abc import Callable
from dataclasses import replace
from math import exp
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from tests.conftest import photo
from tests.families import load

FAMILIES = ("sd", "sdxl", "flux", "sd3", "qwen_image", "z_image", "kolors")
SIZE = (64, 32)
FULL = Sampling("full", 0.5, 10)


@pytest.fixture
def folder_of(sd: Path, sdxl: Path, tiny: Callable[[str], Path]) -> Callable[[str], Path]:
    """A family's tiny checkpoint by its name."""
    own = {"sd": sd, "sdxl": sdxl}
    return lambda family: own.get(family) or tiny(family)


def mixed(decoder: PipelineDecoder, sampling: Sampling, method: str) -> float:
    """Noise over signal in what a scheduler made of a reference's latents while a picture was generated."""
    scheduler, seen = decoder._image_to_image.scheduler, []
    mix = getattr(scheduler, method)

    def watched(*given: torch.Tensor) -> torch.Tensor:
        seen.append((*given, mix(*given)))
        return seen[-1][-1]

    setattr(scheduler, method, watched)
    decoder.render([Request("p", "a cup", SIZE, photo("coffee.png").resize(SIZE), 7)], sampling)
    delattr(scheduler, method)
    *given, made = seen[0]
    latents, noise = (given[0], given[2]) if method == "scale_noise" else given[:2]
    basis = torch.stack([latents.flatten(), noise.flatten()], 1)
    signal, deviation = torch.linalg.lstsq(basis.double(), made.flatten().double()[:, None]).solution.flatten().tolist()
    return deviation / signal


@pytest.mark.parametrize("family", FAMILIES)
def test_sigma_is_what_the_pipeline_itself_starts_with(family: str, folder_of: Callable[[str], Path]) -> None:
    decoder = load(folder_of(family))
    scheduler = decoder._image_to_image.scheduler
    method = "scale_noise" if hasattr(scheduler, "scale_noise") else "add_noise"
    for strength in (0.25, 0.5, 0.9):
        sampling = replace(FULL, strength=strength)
        assert decoder.sigma(sampling, SIZE) == pytest.approx(mixed(decoder, sampling, method), rel=1e-4)
    # Asking does not change what is generated.
    assert decoder.sigma(replace(FULL, strength=0.3), SIZE) < decoder.sigma(FULL, SIZE)
    assert mixed(decoder, FULL, method) == pytest.approx(decoder.sigma(FULL, SIZE), rel=1e-4)


def test_the_same_strength_is_another_noise_level_in_flow_matching(folder_of: Callable[[str], Path]) -> None:
    """Half of the schedule: about 1.5 of SDXL; shifted by s, s of flow matching, and e^mu of FLUX at its full size."""
    half, size = replace(FULL, steps=40), (1024, 1024)
    kept = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)[19 * 25 + 1]
    assert (1 - kept) / kept == pytest.approx(1.5**2, rel=0.02)
    sdxl = load(folder_of("sdxl"))
    assert sdxl.sigma(half, size) == pytest.approx(((1 - kept) / kept) ** 0.5, rel=1e-4)
    sd3 = load(folder_of("sd3"))
    timestep = np.linspace(1000, 1000 * 0.001 * 3 / (1 + 2 * 0.001), 40)[20] / 1000
    shifted = 3 * timestep / (1 + 2 * timestep)
    assert sd3.sigma(half, size) == pytest.approx(shifted / (1 - shifted), rel=1e-4)
    assert shifted / (1 - shifted) == pytest.approx(3, rel=0.05)
    flux = load(folder_of("flux"))
    assert flux.sigma(half, size) == pytest.approx(exp(1.15), rel=1e-4)
    assert flux.sigma(half, (256, 256)) == pytest.approx(exp(0.5), rel=1e-4)
    assert flux.sigma(half, (512, 256)) == pytest.approx(exp(0.5 + 0.65 * (512 - 256) / (4096 - 256)), rel=1e-4)


def test_pictures_from_noise_alone_have_none(folder_of: Callable[[str], Path]) -> None:
    for family in ("sd", "sana"):
        assert load(folder_of(family)).sigma(Sampling("text", 1.0, 10), SIZE) is None
    assert load(folder_of("flux")).sigma(replace(FULL, strength=1.0), SIZE) is None
    assert load(folder_of("flux_kontext")).sigma(replace(FULL, strength=1.0), SIZE) is None


def test_a_flow_of_an_unknown_family_is_not_guessed(sd: Path) -> None:
    decoder = load(sd)
    decoder._image_to_image.scheduler = FlowMatchEulerDiscreteScheduler()
    assert decoder.sigma(FULL, SIZE) is None
