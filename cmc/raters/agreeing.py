"""How far viewers agree with the panel: rank and linear correlation of each with the mean of the others, or of all."""

from collections.abc import Callable

import numpy as np

from cmc.raters.score_table import means

Correlation = Callable[[np.ndarray, np.ndarray], float]
# Fewer points tell nothing of a correlation.
FEWEST = 3
# Means are equal to so many: the order of a sum's terms makes no rank.
DECIMALS = 9


def pearson(first: np.ndarray, second: np.ndarray) -> float:
    """Of two samples (n,); NaN where one does not vary, or with fewer than FEWEST points."""
    if len(first) < FEWEST or not np.ptp(first) or not np.ptp(second):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's of the ranks, ties sharing their mean rank."""
    from scipy.stats import rankdata

    return pearson(rankdata(first), rankdata(second))


def with_panel(scores: np.ndarray, correlation: Correlation, leave_one_out: bool = True) -> np.ndarray:
    """(viewers,) correlation of each column of `scores` (pictures, viewers) with the mean of the others, or of all,
    over the pictures that both have votes on."""
    known = np.isfinite(scores)
    filled, counts = np.where(known, scores, 0.0), known.sum(axis=1, keepdims=True)
    totals, counts = filled.sum(axis=1, keepdims=True), np.broadcast_to(counts, scores.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        panel = (
            (totals - filled) / (counts - known) if leave_one_out else np.broadcast_to(totals / counts, scores.shape)
        )
    both = known & np.isfinite(panel)
    pairs = zip(scores.T, panel.round(DECIMALS).T, both.T, strict=True)
    return np.array([correlation(own[rows], others[rows]) for own, others, rows in pairs])


def by_condition(scores: np.ndarray, conditions: np.ndarray) -> np.ndarray:
    """(conditions, viewers) each viewer's mean over the pictures of a condition."""
    return np.array([means(scores[conditions == condition], axis=0) for condition in np.unique(conditions)])
