"""Correlations under the bootstrap of groups: each function returns (resamples,) values of what scipy would return for
the pictures that a resample holds, each as often as its group was drawn.

x, y: (pictures,); groups: (pictures,) the group of each, from 0; counts: (resamples, groups) how often each was drawn.
"""

from collections.abc import Iterator, Sequence

import numpy as np

# Resamples that are computed together: as many rows of all pictures as fit a processor's cache.
TOGETHER = 100


def spearman_draws(
    columns: Sequence[np.ndarray], y: np.ndarray, groups: np.ndarray, counts: np.ndarray
) -> list[np.ndarray]:
    """Pearson's correlation of ranks, of every one of `columns` with y, whose ranks are costly and serve all; equal
    scores share the mean of their ranks."""
    parts = [_weighted_spearman(columns, y, part[:, groups]) for part in _parts(counts)]
    return [np.concatenate(draws) for draws in zip(*parts, strict=True)]


def _parts(counts: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(counts), TOGETHER):
        yield counts[start : start + TOGETHER]


def _weighted_spearman(columns: Sequence[np.ndarray], y: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    ranks = _ranks_about_middle(y, weights)
    weighted = weights * ranks
    variances = np.einsum("rp,rp->r", weighted, ranks)
    draws = []
    for column in columns:
        others = _ranks_about_middle(column, weights)
        squares = variances * np.einsum("rp,rp,rp->r", weights, others, others)
        draws.append(_correlation(np.einsum("rp,rp->r", weighted, others), squares))
    return draws


def _correlation(product: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """`product` over the root of `squares`; NaN where a resample does not vary, but for rounding."""
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient = product / np.sqrt(squares)
        return np.where(np.abs(quotient) <= 1 + 1e-9, quotient, np.nan)


def _ranks_about_middle(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(resamples, pictures) ranks, less their mean, of pictures that are there `weights` (resamples, pictures) times,
    equal ones sharing their mean rank."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    middles = np.cumsum(tied, axis=1) - tied / 2 - tied.sum(axis=1, keepdims=True) / 2
    place = np.empty(len(values), dtype=int)
    place[order] = np.cumsum(np.r_[False, ordered[1:] != ordered[:-1]])
    return middles[:, place]


def kendall_draws(x: np.ndarray, y: np.ndarray, groups: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Kendall's tau-b: pairs in the same order less those in the other, over the root of the pairs not tied in x times
    those not tied in y. Pairs are summed by group once; a resample weights the sums."""
    order = np.argsort(groups, kind="stable")
    x, y, starts = x[order], y[order], np.searchsorted(groups[order], np.arange(counts.shape[1]))
    rows = [_pair_sums(x, y, rows, starts) for rows in np.split(np.arange(len(x)), starts[1:])]
    concordant, untied_x, untied_y = (_quadratic(counts, np.array(sums)) for sums in zip(*rows, strict=True))
    return _correlation(concordant, untied_x * untied_y)


def _pair_sums(x: np.ndarray, y: np.ndarray, rows: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, ...]:
    """(groups,) each, over pairs of one group's pictures with those of every group: concordant less discordant, not
    tied in x, not tied in y."""
    sign_x, sign_y = (np.sign(values[rows, None] - values) for values in (x, y))
    return tuple(
        np.add.reduceat(sums.sum(axis=0), starts) for sums in (sign_x * sign_y, np.abs(sign_x), np.abs(sign_y))
    )


def _quadratic(counts: np.ndarray, sums: np.ndarray) -> np.ndarray:
    return np.einsum("rg,rg->r", counts @ sums, counts)


def pearson_draws(x: np.ndarray, y: np.ndarray, groups: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Pearson's correlation, from sums of powers by group."""
    x, y = x - x.mean(), y - y.mean()
    powers = (np.ones(len(x)), x, y, x * x, y * y, x * y)
    sums = np.column_stack([np.bincount(groups, power, counts.shape[1]) for power in powers])
    n, sum_x, sum_y, xx, yy, xy = (counts @ sums).T
    return _correlation(xy - sum_x * sum_y / n, (xx - sum_x**2 / n) * (yy - sum_y**2 / n))
