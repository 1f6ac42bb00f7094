"""Opinion scores of pictures, and how sure they are."""

from dataclasses import dataclass

import numpy as np

from cmc.core.crossed import Z
from cmc.raters.score_table import deviations, means


@dataclass(frozen=True)
class OpinionScores:
    """mos: (pictures,), NaN of a picture without a vote; half: (pictures,) half of its 95 % interval, NaN where it is
    not known; votes: (pictures,) how many votes it is of."""

    mos: np.ndarray
    half: np.ndarray
    votes: np.ndarray

    def scaled(self, factor: float, shift: float) -> "OpinionScores":
        """The same on another scale."""
        return OpinionScores(self.mos * factor + shift, self.half * factor, self.votes)


def mean_over_viewers(values: np.ndarray) -> OpinionScores:
    """The mean of `values` (pictures, viewers) by picture, NaN where there is none; the interval is Student's, of the
    values of that picture: t (n - 1 degrees of freedom) s / sqrt(n). BT.500 has 1.96 for t, too narrow for few."""
    from scipy.stats import t

    votes = np.isfinite(values).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = t.ppf(0.975, votes - 1) * deviations(values, axis=1) / np.sqrt(votes)
    return OpinionScores(means(values, axis=1), half, votes)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(pictures,) means of `values` (pictures, viewers) under the viewers' `weights`; NaN is no vote."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return (np.where(known, values, 0.0) @ weights) / (known @ weights)


def normal_half(variance: np.ndarray) -> np.ndarray:
    """Half of a 95 % interval of what is normal with a known variance."""
    return Z * np.sqrt(variance)
