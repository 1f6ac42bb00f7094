"""Votes as the picture's quality, the viewer's bias and the viewer's own noise: ITU-T P.913, 12.4 and 12.6, and P.910,
annex E.

    vote of viewer j on picture i = psi_i + b_j + sigma_j X,   X normal with deviation 1

A bias common to all cannot be told from quality: it counts as quality, so that the biases are 0 in the mean.

The likelihood has no highest value: it grows without end where quality is what one viewer votes, of no noise. The
estimate ends at a local maximum, unless one viewer is so much steadier than the few others that it runs there.
"""

from dataclasses import dataclass

import numpy as np

from cmc.raters.opinion_scores import OpinionScores, mean_over_viewers, normal_half, weighted_mean
from cmc.raters.score_table import means

# Keeps the weight of a viewer who agrees with the estimate in everything finite.
LEAST_VARIANCE = 1e-8
# The estimate stands when it moves by less, as a vector; it is given up after so many rounds.
STILL, MOST_ROUNDS = 1e-8, 1000
# Of a vote's noise: no person is so steady.
NIL = 1e-3


@dataclass(frozen=True)
class ViewerModel:
    """quality: (pictures,) psi; bias, inconsistency: (viewers,) b and sigma, on the votes' scale; rounds: that the
    estimate took; known: (pictures, viewers) where there are votes. All NaN where the estimate came to no rest."""

    quality: np.ndarray
    bias: np.ndarray
    inconsistency: np.ndarray
    rounds: int
    known: np.ndarray

    @property
    def is_estimated(self) -> bool:
        """Whether the estimate came to rest."""
        return bool(np.isfinite(self.bias).all())

    @property
    def taken_for_truth(self) -> np.ndarray:
        """(viewers,) whose votes the estimate took for quality itself: those without noise among others with some."""
        nil = self.inconsistency < NIL
        return nil & ~nil.all()

    def opinion_scores(self) -> OpinionScores:
        """Quality, its interval from the standard error 1 / sqrt(sum of 1 / sigma_j^2) over who voted. Where a
        viewer's votes were taken for the truth nothing is known: all is NaN."""
        if self.taken_for_truth.any():
            unknown = np.full(len(self.quality), np.nan)
            return OpinionScores(unknown, unknown, self.known.sum(axis=1))
        with np.errstate(divide="ignore"):
            precision = self.known @ (1 / np.maximum(self.inconsistency**2, LEAST_VARIANCE))
            return OpinionScores(self.quality, normal_half(1 / precision), self.known.sum(axis=1))

    @property
    def bias_half(self) -> np.ndarray:
        """(viewers,) half of the biases' 95 % intervals: sigma_j / sqrt(n_j) for known quality."""
        return normal_half(self.inconsistency**2 / self.known.sum(axis=0))

    @property
    def inconsistency_half(self) -> np.ndarray:
        """(viewers,) half of the inconsistencies' 95 % intervals: sigma_j / sqrt(2 n_j), likewise."""
        return normal_half(self.inconsistency**2 / (2 * self.known.sum(axis=0)))


def fit_viewers(scores: np.ndarray) -> ViewerModel:
    """The maximum likelihood of `scores` (pictures, viewers; NaN is no vote), in turns: noise, quality, bias."""
    quality = means(scores, axis=1)
    bias = means(scores - quality[:, None], axis=0)
    for rounds in range(1, MOST_ROUNDS + 1):
        before = quality
        inconsistency = _noise(scores - quality[:, None] - bias)
        quality = weighted_mean(scores - bias, 1 / (inconsistency**2 + LEAST_VARIANCE))
        bias = means(scores - quality[:, None], axis=0)
        if np.sqrt(np.nansum((quality - before) ** 2)) < STILL:
            shift = bias.mean()
            return ViewerModel(quality + shift, bias - shift, inconsistency, rounds, np.isfinite(scores))
    quality, bias, inconsistency = (np.full_like(found, np.nan) for found in (quality, bias, inconsistency))
    return ViewerModel(quality, bias, inconsistency, MOST_ROUNDS, np.isfinite(scores))


def _noise(residuals: np.ndarray) -> np.ndarray:
    """(viewers,) standard deviations, of n, not n - 1."""
    return np.sqrt(means((residuals - means(residuals, axis=0)) ** 2, axis=0))


def without_bias(scores: np.ndarray) -> OpinionScores:
    """P.913, 12.4: what each viewer is off by from the pictures' means, in the mean, is taken out of their votes."""
    bias = means(scores - means(scores, axis=1)[:, None], axis=0)
    return mean_over_viewers(scores - bias)
