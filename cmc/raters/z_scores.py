"""The paper's opinion scores (CMC-Bench, appendix A.2, equations 1 and 2), as they must be meant and as they are
printed.

Equation 1 takes the mean of a viewer's session out of its votes; equation 2 makes every viewer's votes z scores, whose
mean over viewers is a picture's MOS. As printed, neither does that:

- Equation 1 sums the votes on pictures 0 to g M - 1, those of all sessions before session g (from 0), and divides by
  the M pictures of one: nothing is taken out of session 0, one session's mean out of session 1, the sum of two out of
  session 2, ...
- Equation 2 calls N = 10 the number of viewers, but sums over pictures: mean and deviation would be of the first 10
  pictures alone. And the deviation is about mu_i, the mean of picture i, in place of mu_j, the viewer's.
"""

import numpy as np

from cmc.raters.opinion_scores import OpinionScores, mean_over_viewers
from cmc.raters.score_table import ScoreTable, deviations, means

# What equation 1 adds, the middle of the scale.
MIDDLE = 2.5
# Equation 2's N, as printed.
PRINTED_N = 10


def corrected(table: ScoreTable) -> OpinionScores:
    """The mean z score of each picture. A viewer whose votes do not vary has none, and counts for no picture."""
    scores = table.scores - _session_means(table) + MIDDLE
    return mean_over_viewers(_divided(scores - means(scores, axis=0), deviations(scores, axis=0)))


def as_printed(table: ScoreTable) -> OpinionScores:
    """The same to the letter, the pictures counted by name."""
    scores = table.scores - _running_sums(table) + MIDDLE
    first = scores[:PRINTED_N]
    mu_viewer, mu_picture = np.nansum(first, axis=0) / PRINTED_N, means(first, axis=1)[:, None]
    sigma = np.sqrt(np.nansum((first - mu_picture) ** 2, axis=0) / (PRINTED_N - 1))
    return mean_over_viewers(_divided(scores - mu_viewer, sigma))


def _divided(values: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """NaN where the deviation is 0, but for rounding, or not known."""
    with np.errstate(invalid="ignore"):
        return values / np.where(sigma > 1e-9, sigma, np.nan)


def _session_means(table: ScoreTable) -> np.ndarray:
    """(pictures, viewers) the mean of the viewer's votes in the session in which they voted on the picture."""
    result = np.zeros(table.scores.shape)
    for session in range(int(table.sessions.max()) + 1):
        there = table.sessions == session
        result += np.where(there, means(np.where(there, table.scores, np.nan), axis=0), 0.0)
    return result


def _running_sums(table: ScoreTable) -> np.ndarray:
    """(pictures, viewers) the sum of the viewer's votes in all sessions before, over the pictures of this one."""
    result = np.zeros(table.scores.shape)
    total = np.zeros(len(table.viewers))
    for session in range(int(table.sessions.max()) + 1):
        there = table.sessions == session
        result += np.where(there, total / np.maximum(there.sum(axis=0), 1), 0.0)
        total = total + np.where(there, table.scores, 0.0).sum(axis=0)
    return result
