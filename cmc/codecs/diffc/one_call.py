"""A pipeline of diffusers made to run its network once: how prompts, sizes and packed latents reach it stays each
family's own affair."""

from typing import TYPE_CHECKING

import torch
from diffusers import ConfigMixin, SchedulerMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor

from cmc.t2i.autopipeline import sides
from cmc.t2i.families import family_of

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

# At which prompts are followed as they are: no negative prompt, one run of the network a step.
GUIDANCE = 1.0


class OneCall(SchedulerMixin, ConfigMixin):
    """A scheduler of a single step, at `level`, whose outcome is what the network put out."""

    config_name = "scheduler_config.json"
    order, init_noise_sigma, level = 1, 1.0, 0

    @register_to_config
    def __init__(self) -> None:
        """Nothing is configured."""

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: torch.device | None = None,
        sigmas: list[float] | None = None,
        mu: float | None = None,
    ) -> None:
        self.timesteps = torch.tensor([self.level], device=device)

    def set_begin_index(self, begin_index: int = 0) -> None:
        """There is no other."""

    def scale_model_input(self, sample: Tensor, timestep: Tensor | None = None) -> Tensor:
        return sample

    def step(
        self, model_output: Tensor, timestep: Tensor, sample: Tensor, return_dict: bool = True, **_: object
    ) -> tuple[Tensor]:
        return (model_output,)


def network_output(
    pipeline: "DiffusionPipeline", latents: Tensor, level: int, prompt: str, size: tuple[int, int]
) -> Tensor:
    """What the network of a pipeline with such a scheduler puts out for latents at a level; `size`: (width, height) of
    their picture, whole multiples."""
    pipeline.scheduler.level = level
    arguments = family_of(type(pipeline).__name__).arguments(1, GUIDANCE) | sides(pipeline, size)
    output = pipeline(prompt=[prompt], latents=latents, num_inference_steps=1, output_type="latent", **arguments)
    return output.images
