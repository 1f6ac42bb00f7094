"""One step to less noise as two Gaussians, the prior that both sides know and the encoder's posterior (2006.11239, eq.
6 and 7; 2501.09815, sec. 3), and the deterministic rest of the way (DDIM, 2010.02502, eta 0).

All work in the clean latent, predicted or true, not in the noise: of latents without any signal (the noisiest of a
schedule with zero terminal SNR) no noise can be had by division. Numbers keep the format that they come in.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmc.codecs.diffc.schedule import Schedule

if TYPE_CHECKING:
    from torch import Tensor

# A noisy latent and its level to the clean latent that a network predicts, of the same shape.
Predict = Callable[["Tensor", int], "Tensor"]


@dataclass(frozen=True)
class Step:
    """From noisier to cleaner latents; before, after: the share of the signal in either's variance."""

    before: float
    after: float

    @property
    def std(self) -> float:
        """Of both Gaussians."""
        return math.sqrt((1 - self.after) / (1 - self.before) * (1 - self.before / self.after))

    def mean(self, clean: "Tensor", noisy: "Tensor") -> "Tensor":
        """Of the cleaner latent, given the noisier one and the clean one: predicted for the prior, true for the
        posterior."""
        from_clean = math.sqrt(self.after) * (1 - self.before / self.after) / (1 - self.before)
        from_noisy = math.sqrt(self.before / self.after) * (1 - self.after) / (1 - self.before)
        return from_clean * clean + from_noisy * noisy

    def bits(self, error: float) -> float:
        """The divergence of posterior from prior in bits; error: sum of squares of true less predicted clean latent."""
        return (_snr(self.after) - _snr(self.before)) * error / (2 * math.log(2))


def _snr(alpha: float) -> float:
    return alpha / (1 - alpha)


def denoise(noisy: "Tensor", level: int, levels: Sequence[int], schedule: Schedule, predict: Predict) -> "Tensor":
    """The clean latent by DDIM without noise, from `level` through `levels`, falling, to the clean end."""
    for after in (*levels, None):
        clean = predict(noisy, level)
        alpha, next_alpha = schedule.alpha(level), schedule.alpha(after)
        noise = (noisy - math.sqrt(alpha) * clean) / math.sqrt(1 - alpha)
        noisy = math.sqrt(next_alpha) * clean + math.sqrt(1 - next_alpha) * noise
        level = level if after is None else after
    return noisy
