"""DDIM without noise between its steps (arXiv 2010.02502, eta 0), over the schedules that CDC was trained with."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

# Of the start, times unit noise.
GAMMA = 0.8
# A noisy picture and its time (batch,) to what the network predicts.
Denoiser = Callable[[Tensor, Tensor], Tensor]


def cosine_alphas(length: int) -> np.ndarray:
    """float64 (length,): cumulative products of 1 - beta (arXiv 2102.09672, s 0.008, betas of 0.999 at most)."""
    places = np.linspace(0, length, length + 1) / length
    squared = np.cos((places + 0.008) / 1.008 * math.pi / 2) ** 2
    return np.cumprod(1 - np.clip(1 - squared[1:] / squared[:-1], 0, 0.999))


def linear_alphas(length: int) -> np.ndarray:
    """float64 (length,): cumulative products of 1 - beta, betas from 0.1 to 20 over the length (arXiv 2011.13456)."""
    return np.cumprod(1 - np.linspace(0.1 / length, 20 / length, length))


@dataclass(frozen=True)
class Sampler:
    """alphas: float64 cumulative products by index; steps: how many indices are visited; predicts: x0 or the noise.

    An x0 predicted is clamped to [-1, 1], and its time is the index over the length; of predicted noise it is the
    number of the step over `steps`, from 0 for the last.
    """

    alphas: np.ndarray
    steps: int
    predicts: Literal["x0", "noise"]

    @property
    def indices(self) -> np.ndarray:
        """int64 (steps,), ascending, fractions dropped."""
        return np.linspace(0, len(self.alphas) - 1, self.steps).astype(np.int64)

    def sample(self, denoise: Denoiser, noise: Tensor) -> Tensor:
        """The last x (batch, 3, height, width), not clamped, from unit noise of that shape."""
        x, steps = GAMMA * noise, self.indices
        for step in range(self.steps - 1, -1, -1):
            time = torch.full((len(x),), self.time(step), device=x.device)
            before = self.alphas[steps[step - 1]] if step else 1.0
            x = self._step(x, denoise(x, time), float(self.alphas[steps[step]]), float(before))
        return x

    def time(self, step: int) -> float:
        """What the network is told at a step, counted from the last, 0."""
        return step / self.steps if self.predicts == "noise" else self.indices[step] / len(self.alphas)

    def _step(self, x: Tensor, prediction: Tensor, alpha: float, before: float) -> Tensor:
        if self.predicts == "noise":
            denoised, noise = (x - math.sqrt(1 - alpha) * prediction) / math.sqrt(alpha), prediction
        else:
            denoised = prediction.clamp(-1, 1)
            noise = (x - math.sqrt(alpha) * denoised) / math.sqrt(1 - alpha)
        return math.sqrt(before) * denoised + math.sqrt(1 - before) * noise
