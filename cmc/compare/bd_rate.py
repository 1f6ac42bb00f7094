"""Bjontegaard deltas of two curves through the package `bjontegaard`, where they mean something."""

import numpy as np

from cmc.compare.curves import Curve
from cmc.core.errors import CMCError

# Four points determine the curve that ITU-T VCEG-M33 integrates.
MIN_POINTS = 4
# Of the interval that either curve covers; below it the package warns, and we refuse.
MIN_OVERLAP = 0.75
METHOD = "akima"


def bd_rate(anchor: Curve, test: Curve, metric: str, higher: bool, min_overlap: float = MIN_OVERLAP) -> float:
    """Bits that `test` takes more (negative: less) than `anchor` for the same score, in per cent.

    Raises CMCError, its reason to be shown, where a curve has under four points, where its score does not rise with its
    rate, or where their scores overlap too little.
    """
    import bjontegaard

    points = _points(anchor, test, metric, higher)
    for curve, (_, scores) in zip((anchor, test), points, strict=True):
        if not (np.diff(scores) > 0).all():
            raise CMCError(f"{metric} of {curve.name} does not improve with every step in rate")
    _check_overlap("scores", points[0][1], points[1][1], min_overlap)
    (rates, scores), (test_rates, test_scores) = points
    return float(
        bjontegaard.bd_rate(
            rates, scores, test_rates, test_scores, METHOD, require_matching_points=False, min_overlap=0
        )
    )


def bd_metric(anchor: Curve, test: Curve, metric: str, higher: bool, min_overlap: float = MIN_OVERLAP) -> float:
    """How much better (negative: worse) `test` scores than `anchor` at the same rate, in the metric's unit.

    Raises CMCError, its reason to be shown, where a curve has under four points or their rates overlap too little.
    """
    import bjontegaard

    (rates, scores), (test_rates, test_scores) = _points(anchor, test, metric, higher)
    _check_overlap("rates", np.log(rates), np.log(test_rates), min_overlap)
    return float(
        bjontegaard.bd_psnr(
            rates, scores, test_rates, test_scores, METHOD, require_matching_points=False, min_overlap=0
        )
    )


def _points(anchor: Curve, test: Curve, metric: str, higher: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """(rates, scores, higher is better) of both by rising rate."""
    for curve in (anchor, test):
        if len(curve.points) < MIN_POINTS:
            raise CMCError(f"{curve.name} has {len(curve.points)} point(s), expected {MIN_POINTS} or more")
        if not (np.diff(curve.rates()) > 0).all():
            raise CMCError(f"{curve.name} has two points of the same rate")
    return [(curve.rates(), curve.scores(metric) * (1 if higher else -1)) for curve in (anchor, test)]


def _check_overlap(what: str, one: np.ndarray, other: np.ndarray, least: float) -> None:
    covered = min(one.max(), other.max()) - max(one.min(), other.min())
    share = max(covered, 0) / (max(one.max(), other.max()) - min(one.min(), other.min()))
    if share < least or share == 0:
        raise CMCError(f"their {what} overlap by {share:.0%}, expected {least:.0%} or more")
