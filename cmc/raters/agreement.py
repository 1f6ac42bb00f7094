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
    """SRCC of one metric less that of another over the same resamples. p: two-sided, by Student's t of one degree of
    freedom fewer than ground truths, the resamples' deviation being the standard error; p_holm: the same corrected for
    all pairs (Holm, 1979)."""

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
    if counts.shape[1] < 2:
        counts = np.full(counts.shape, np.nan)
    ranks = spearman_draws(list(values.values()), mos, groups, counts)
    return [
        Agreement(
            metric,
            Estimate(spearman(scores, mos), draws),
            Estimate(_kendall(scores, mos), kendall_draws(scores, mos, groups, counts)),
            _after_curve(scores, mos, groups, counts),
        )
        for (metric, scores), draws in zip(values.items(), ranks, strict=True)
    ]


def _after_curve(scores: np.ndarray, mos: np.ndarray, groups: np.ndarray, counts: np.ndarray) -> Estimate:
    curve = fitted(scores, mos)
    if curve is None:
        return Estimate(float("nan"), np.full(len(counts), np.nan))
    return Estimate(pearson(curve, mos), pearson_draws(curve, mos, groups, counts))


def _kendall(scores: np.ndarray, mos: np.ndarray) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(scores, mos).statistic) if len(scores) >= FEWEST else float("nan")


def srcc_differences(found: Sequence[Agreement], truths: int) -> list[SrccDifference]:
    """Every pair of metrics, in order, over so many ground truths; p is NaN where there are no two."""
    pairs = list(itertools.combinations(found, 2))
    estimates = [Estimate(a.srcc.value - b.srcc.value, a.srcc.draws - b.srcc.draws) for a, b in pairs]
    chances = [_p(estimate, truths) for estimate in estimates]
    rows = zip(pairs, estimates, chances, holm(chances), strict=True)
    return [SrccDifference(a.metric, b.metric, estimate, p, p_holm) for (a, b), estimate, p, p_holm in rows]


def _p(estimate: Estimate, truths: int) -> float:
    from scipy.stats import t

    known = estimate.draws[np.isfinite(estimate.draws)]
    if not len(known):
        return float("nan")
    error = float(known.std(ddof=1))
    return float(2 * t.sf(abs(estimate.value) / error, truths - 1)) if error else float(estimate.value == 0)


def holm(chances: Sequence[float]) -> list[float]:
    """p values corrected for their number, step by step from the smallest."""
    order = np.argsort(chances)
    stepped = np.asarray(chances, dtype=float)[order] * np.arange(len(chances), 0, -1)
    corrected = np.empty(len(chances))
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1.0) if len(chances) else stepped
    return corrected.tolist()
