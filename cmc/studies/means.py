"""A mean over images and how far it may be off."""

from dataclasses import dataclass

import numpy as np

from cmc.core.bootstrap import interval, resampled_means


@dataclass(frozen=True)
class MeanEstimate:
    """A mean over images; 95 % of its resamples lie from `low` to `high`."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray, counts: np.ndarray) -> "MeanEstimate":
        """From `values` (images,) under `counts`, as `draw_counts` makes them."""
        return cls(float(values.mean()), *interval(resampled_means(counts, values[:, None])[:, 0]))

    def negated(self) -> "MeanEstimate":
        """That of the same values with the other sign."""
        return MeanEstimate(-self.mean, -self.high, -self.low)

    def text(self, decimals: int = 4) -> str:
        """`2.1234 [2.0123, 2.2345]`."""
        mean, low, high = (f"{value:.{decimals}f}" for value in (self.mean, self.low, self.high))
        return f"{mean} [{low}, {high}]"
