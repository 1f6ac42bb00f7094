"""How far metrics agree with people (as CMC-Bench's table 2), and whether one does so more than another."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.bootstrap import draw_counts, interval
from cmc.raters.agreeing import FEWEST, pearson, spearman
from cmc.raters.correlation_draws import kendall_draws, pearson_draws, spearman_draws
from cmc.raters.logistic import fitted


@dataclass(frozen=True)
class Estimate:
    """A statistic, its resamples, and the bounds that hold 95 % of them; all NaN where there is none."""

    value: float
    draws: np.ndarray

    @property
    def bounds(self) -> tuple[float, float]:
        """NaN where no resample has the statistic."""
        return interval(self.draws) if np.isfinite(self.draws).any() else (np.nan, np.nan)


@dataclass(frozen=True)
class Agreement:
    """Spearman's and Kendall's correlation (tau-b) of a metric's scores with opinion scores, and Pearson's after the
    logistic curve, which is fitted once, to all pictures."""

    metric: str
    srcc: Estimate
    krcc: Estimate
    plcc: Estimate


@dataclass(frozen=True)
class SrccDifference:
    """SRCC of one metric less that of another over the same resamples. p: twice the share of resamples on the rarer
    side of 0 (one is added to both counts); p_holm: the same corrected for all pairs (Holm, 1979)."""

    first: str
    second: str
    difference: Estimate
    p: float
    p_holm: float


def agreements(values: Mapping[str, np.ndarray], mos: np.ndarray, truths: Sequence[str]) -> list[Agreement]:
    """Of every metric's scores (pictures,), of which more is better. Ground truths are resampled, each with all
    pictures made of it, for those are alike; without two of them there is no interval."""
    _, groups = np.unique(truths, return_inverse=True)
    counts = draw_counts(int(groups.max()) + 1)
    return [_agreement(metric, scores, mos, groups, counts) for metric, scores in values.items()]


def _agreement(metric: str, scores: np.ndarray, mos: np.ndarray, groups: np.ndarray, counts: np.ndarray) -> Agreement:
    curve = fitted(scores, mos)
    draws = [spearman_draws(scores, mos, groups, counts), kendall_draws(scores, mos, groups, counts)]
    draws.append(np.full(len(counts), np.nan) if curve is None else pearson_draws(curve, mos, groups, counts))
    if counts.shape[1] < 2:
        draws = [np.full(len(counts), np.nan)] * 3
    values = (spearman(scores, mos), _kendall(scores, mos), np.nan if curve is None else pearson(curve, mos))
    return Agreement(metric, *map(Estimate, values, draws))


def _kendall(scores: np.ndarray, mos: np.ndarray) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(scores, mos).statistic) if len(scores) >= FEWEST else float("nan")


def srcc_differences(found: Sequence[Agreement]) -> list[SrccDifference]:
    """Every pair of metrics, in order; p is NaN where nothing was resampled."""
    pairs = list(itertools.combinations(found, 2))
    estimates = [Estimate(a.srcc.value - b.srcc.value, a.srcc.draws - b.srcc.draws) for a, b in pairs]
    chances = [_p(estimate.draws) for estimate in estimates]
    rows = zip(pairs, estimates, chances, holm(chances), strict=True)
    return [SrccDifference(a.metric, b.metric, estimate, p, p_holm) for (a, b), estimate, p, p_holm in rows]


def _p(draws: np.ndarray) -> float:
    known = draws[np.isfinite(draws)]
    rarer = min((known <= 0).sum(), (known >= 0).sum())
    return float(min(1.0, 2 * (rarer + 1) / (len(known) + 1))) if len(known) else float("nan")


def holm(chances: Sequence[float]) -> list[float]:
    """p values corrected for their number, step by step from the smallest."""
    order = np.argsort(chances)
    stepped = np.asarray(chances, dtype=float)[order] * np.arange(len(chances), 0, -1)
    corrected = np.empty(len(chances))
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1.0) if len(chances) else stepped
    return corrected.tolist()
