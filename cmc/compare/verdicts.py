"""The tables of a comparison: points with their Pareto fronts, Bjontegaard deltas, and who is better at equal rate."""

from collections.abc import Callable
from functools import partial
from itertools import combinations

import numpy as np

from cmc.compare.bd_rate import bd_metric, bd_rate
from cmc.compare.curves import Advantage, Curve, Curves, advantage, pareto
from cmc.core.bits import marked, ratio_of
from cmc.core.bootstrap import draw_counts
from cmc.core.errors import CMCError
from cmc.core.tables import Table

UNDECIDED = "not told apart"


def points_table(curves: Curves) -> Table:
    """Every point with its rate and means; `*` is on the Pareto front of all points."""
    points = [(curve.name, point) for curve in curves.curves.values() for point in curve.points]
    rates = np.array([point.bpp.mean() for _, point in points])
    rows = [
        [marked(name, point.stated), point.target, point.mode, f"{rate:.5f}", f"{ratio_of(rate):,.0f}"]
        for (name, point), rate in zip(points, rates, strict=True)
    ]
    for metric, higher in curves.metrics.items():
        means = np.array([point.values[metric].mean() for _, point in points])
        for row, mean, on_front in zip(rows, means, pareto(rates, means, higher), strict=True):
            row.append(f"{mean:.4f}{'*' if on_front else ''}")
    return Table(["curve", "target", "mode", "bpp", "ratio", *curves.metrics], rows)


def deltas_table(curves: Curves, anchor: Curve, min_overlap: float) -> Table:
    """BD-rate and BD-metric of every other curve against `anchor`, or why there is none."""
    rows = []
    for metric, higher in curves.metrics.items():
        for curve in curves.curves.values():
            if curve is not anchor:
                percent = _delta_cell("{:+.2f} %", partial(bd_rate, anchor, curve, metric, higher, min_overlap))
                gain = _delta_cell("{:+.4f}", partial(bd_metric, anchor, curve, metric, higher, min_overlap))
                rows.append([metric, anchor.label, curve.label, percent, gain])
    return Table(["metric", "anchor", "curve", "BD-rate", "BD-metric"], rows)


def _delta_cell(template: str, delta: Callable[[], float]) -> str:
    """The delta as printed, or why there is none."""
    try:
        return template.format(delta())
    except CMCError as refusal:
        return f"refused: {refusal}"


def advantages_table(curves: Curves) -> Table:
    """Every pair of curves at equal rate, with a verdict where the images are enough for one."""
    counts = draw_counts(curves.images)
    rows = []
    for metric, higher in curves.metrics.items():
        for first, second in combinations(curves.curves.values(), 2):
            cells = _advantage_cells(first, second, metric, higher, counts)
            rows.append([metric, first.label, second.label, *cells])
    return Table(["metric", "A", "B", "A better by", "95 %", "resamples in which A is better", "verdict"], rows)


def _advantage_cells(first: Curve, second: Curve, metric: str, higher: bool, counts: np.ndarray) -> list[str]:
    try:
        gain = advantage(first, second, metric, higher, counts)
    except CMCError as refusal:
        return ["", "", "", f"refused: {refusal}"]
    low, high = gain.bounds
    bounds = f"[{low:+.4f}, {high:+.4f}]"
    return [f"{gain.difference:+.4f}", bounds, f"{gain.share:.1%}", verdict(first, second, gain)]


def verdict(first: Curve, second: Curve, gain: Advantage) -> str:
    """Which curve is better, if 95 % of the resamples agree."""
    low, high = gain.bounds
    better = first if low > 0 else second if high < 0 else None
    return f"{better.name} is better" if better else UNDECIDED
