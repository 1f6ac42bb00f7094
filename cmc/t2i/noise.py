"""How much noise a reference starts with: sigma, noise over signal, which compares across schedules."""

import inspect
from typing import TYPE_CHECKING

import numpy as np

from cmc.t2i.base import Sampling
from cmc.t2i.families import FAMILIES, family_of

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline


def start_sigma(pipeline: "DiffusionPipeline", sampling: Sampling, size: tuple[int, int]) -> float | None:
    """Sigma at which an image-to-image pipeline of diffusers starts at a strength, for pictures of `size` (width,
    height): as its scheduler mixes noise in, so that a signal of 1 has noise of this deviation.

    None where it has no strength, starts from noise alone, or has a schedule that this module does not know.
    """
    if not hasattr(pipeline, "get_timesteps") or not set_schedule(pipeline, sampling.steps, size):
        return None
    signal, noise = mixture(pipeline, sampling)
    return noise / signal if signal else None


def set_schedule(pipeline: "DiffusionPipeline", steps: int, size: tuple[int, int]) -> bool:
    """Set a scheduler's steps as its pipeline sets them when it is called; whether it is known how."""
    scheduler = pipeline.scheduler
    family = family_of(type(pipeline).__name__)
    if hasattr(scheduler, "scale_noise") and family not in FAMILIES.values():
        return False  # flow matching has no one way
    arguments: dict[str, object] = {"sigmas": np.linspace(1.0, 1 / steps, steps)} if family.linear_sigmas else {}
    if scheduler.config.get("use_dynamic_shifting"):
        arguments["mu"] = dynamic_shift(pipeline, size)
    scheduler.set_timesteps(steps, **arguments)
    return True


def dynamic_shift(pipeline: "DiffusionPipeline", size: tuple[int, int]) -> float:
    """How far a schedule leans to noise at a `size` (width, height): more, the more tokens a picture has."""
    from diffusers.pipelines.flux.pipeline_flux import calculate_shift

    side = 2 * pipeline.vae_scale_factor  # of a token, in pixels
    config = pipeline.scheduler.config
    lengths = config.base_image_seq_len, config.max_image_seq_len
    return calculate_shift((size[0] // side) * (size[1] // side), *lengths, config.base_shift, config.max_shift)


def mixture(pipeline: "DiffusionPipeline", sampling: Sampling) -> tuple[float, float]:
    """(weight of the signal, weight of the noise) where a set schedule starts at a strength; (0, 1) where it leaves no
    step to run."""
    import torch

    scheduler = pipeline.scheduler
    given = {"num_inference_steps": sampling.steps, "strength": sampling.strength}
    given |= {"timesteps": scheduler.timesteps, "device": scheduler.timesteps.device}
    taken = inspect.signature(pipeline.get_timesteps).parameters
    timesteps, _ = pipeline.get_timesteps(**{name: value for name, value in given.items() if name in taken})
    if not len(timesteps):
        return 0.0, 1.0
    start, one, zero = timesteps[:1], torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    if hasattr(scheduler, "scale_noise"):
        return float(scheduler.scale_noise(one, start, zero)), float(scheduler.scale_noise(zero, start, one))
    return float(scheduler.add_noise(one, zero, start)), float(scheduler.add_noise(zero, one, start))
