"""Noise levels of a diffusion model, and the rungs on which a stream's levels lie."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# The finest level that is sent to, of 1,000: what comes after costs much and shows in no picture.
FINEST = 10
# By which signal over noise grows from a rung to the next where whole levels let it, and what it is on the first, for
# of noise alone it is 0.
_RATIO, _FIRST = 1.05, 1e-3


@dataclass(frozen=True)
class Schedule:
    """alphas: float64 (levels,), the signal's share in the variance of a noisy latent, falling with the level.

    A level is the index into it, and the timestep that the network is told (upstream tells it one more).
    """

    alphas: np.ndarray

    def alpha(self, level: int | None) -> float:
        """Of a level; 1 of None, the clean latent."""
        return 1.0 if level is None else float(self.alphas[level])

    @cached_property
    def rungs(self) -> tuple[int, ...]:
        """Levels from the noisiest down to FINEST."""
        snr = self.alphas[FINEST:] / (1 - self.alphas[FINEST:])
        first, last = max(snr[-1], _FIRST), snr[0]
        wanted = np.arange(np.log(first), np.log(last), np.log(_RATIO))
        places = np.abs(np.log(np.maximum(snr, _FIRST / 2)) - wanted[:, None]).argmin(axis=1)
        return tuple(FINEST + place for place in sorted({0, len(snr) - 1, *places.tolist()}, reverse=True))


def flow_alphas(levels: int) -> np.ndarray:
    """float64 (levels + 1,) of a flow, whose latents are (1 - sigma) z0 + sigma noise at sigma = level / `levels`, as
    scaled to variance 1."""
    sigma = np.arange(levels + 1) / levels
    return (1 - sigma) ** 2 / ((1 - sigma) ** 2 + sigma**2)


def denoising_levels(level: int) -> list[int]:
    """Those that DDIM visits below the last level received: every twentieth, then 10 and 5."""
    return [below for below in (*range(980, 10, -20), 10, 5) if below < level]
