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

    rates, scores = _rates_and_scores(anchor, metric, higher)
    test_rates, test_scores = _rates_and_scores(test, metric, higher)
    for curve, curve_scores in ((anchor, scores), (test, test_scores)):
        if not (np.diff(curve_scores) > 0).all():
            raise CMCError(f"{metric} of {curve.name} does not improve with every step in rate")
    _check_overlap("scores", scores, test_scores, min_overlap)
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

    rates, scores = _rates_and_scores(anchor, metric, higher)
    test_rates, test_scores = _rates_and_scores(test, metric, higher)
    _check_overlap("rates", np.log(rates), np.log(test_rates), min_overlap)
    return float(
        bjontegaard.bd_psnr(
            rates, scores, test_rates, test_scores, METHOD, require_matching_points=False, min_overlap=0
        )
    )


def _rates_and_scores(curve: Curve, metric: str, higher: bool) -> tuple[np.ndarray, np.ndarray]:
    """By rising rate, scores with their sign turned where lower is better. Raises CMCError for unfit points."""
    if len(curve.points) < MIN_POINTS:
        raise CMCError(f"{curve.name} has {len(curve.points)} point(s), expected {MIN_POINTS} or more")
    if not (np.diff(curve.rates()) > 0).all():
        raise CMCError(f"{curve.name} has two points of the same rate")
    return curve.rates(), curve.scores(metric) * (1 if higher else -1)


def _check_overlap(quantity: str, anchor: np.ndarray, test: np.ndarray, least: float) -> None:
    covered = min(anchor.max(), test.max()) - max(anchor.min(), test.min())
    share = max(covered, 0) / (max(anchor.max(), test.max()) - min(anchor.min(), test.min()))
    if share < least or share == 0:
        raise CMCError(f"their {quantity} overlap by {share:.0%}, expected {least:.0%} or more")
