"""Ancestral sampling over part of the training steps (DDPM, arXiv 2006.11239; spacing of arXiv 2102.09672)."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

Denoiser = Callable[[Tensor, int], Tensor]
Noise = Callable[[], Tensor]


def scaled_linear(start: float = 0.00085, end: float = 0.012, steps: int = 1000) -> Tensor:
    """Betas of Stable Diffusion, float64."""
    return torch.linspace(start**0.5, end**0.5, steps, dtype=torch.float64) ** 2


def rescaled_guidance(scale: float, timestep: int) -> float:
    """Guidance that grows from 1 in noise to 1 + `scale` at the end (DiffBIR); none stays none."""
    if scale <= 1:
        return scale
    done = (1000 - timestep) / 1000
    return 1 + scale * (1 - math.cos(math.pi * done**5)) / 2


class SpacedSampler:
    """DDPM whose chain runs over `steps` of the training steps, evenly spaced from the first to the last.

    betas: (T,) of training; prediction: what the network returns, `epsilon` or `v_prediction`.
    """

    def __init__(self, betas: Tensor, steps: int, prediction: str = "epsilon") -> None:
        last = len(betas) - 1
        self.timesteps = sorted({round(last * i / max(1, steps - 1)) for i in range(steps)}, reverse=True)
        self._kept = torch.cumprod(1 - betas.double(), 0)
        self._prediction = prediction

    def add_noise(self, clean: Tensor, noise: Tensor, timestep: int) -> Tensor:
        """A latent as it is at `timestep` of the training."""
        kept = self._kept[timestep].item()
        return kept**0.5 * clean + (1 - kept) ** 0.5 * noise

    def sample(self, x: Tensor, denoise: Denoiser, noise: Noise) -> Iterator[Tensor]:
        """The latent after each step, from noise `x` at the first of `timesteps`.

        denoise: (latent, timestep) to the network's output; noise: a fresh Gaussian of x's shape, drawn each step.
        """
        for timestep, following in zip(self.timesteps, [*self.timesteps[1:], None], strict=True):
            kept = self._kept[timestep].item()
            kept_next = 1.0 if following is None else self._kept[following].item()
            clean = self._clean(x, denoise(x, timestep), kept)
            beta = 1 - kept / kept_next
            mean = (beta * kept_next**0.5 * clean + (1 - kept_next) * (1 - beta) ** 0.5 * x) / (1 - kept)
            deviation = (beta * (1 - kept_next) / (1 - kept)) ** 0.5
            x = mean + deviation * noise()
            yield x

    def _clean(self, x: Tensor, output: Tensor, kept: float) -> Tensor:
        if self._prediction == "v_prediction":
            return kept**0.5 * x - (1 - kept) ** 0.5 * output
        return (x - (1 - kept) ** 0.5 * output) / kept**0.5
