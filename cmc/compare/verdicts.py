"""The tables of a comparison: points with their Pareto fronts, Bjontegaard deltas, and who is better at equal rate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cmc.compare.bd_rate import bd_metric, bd_rate
from cmc.compare.curves import Advantage, Curve, Curves, advantage, pareto
from cmc.core.bits import ratio_of
from cmc.core.bootstrap import draw_counts
from cmc.core.errors import CMCError

UNDECIDED = "not told apart"


@dataclass(frozen=True)
class Table:
    """A header, and rows of cells as they are printed and written."""

    header: list[str]
    rows: list[list[str]]


def points_table(curves: Curves) -> Table:
    """Every point with its rate and means; `*` is on the Pareto front of all points."""
    points = [(curve.name, point) for curve in curves.curves.values() for point in curve.points]
    rates = np.array([point.bpp.mean() for _, point in points])
    rows = [
        [name, point.target, point.mode, f"{rate:.5f}", f"{ratio_of(rate):,.0f}"]
        for (name, point), rate in zip(points, rates, strict=True)
    ]
    for metric, higher in curves.metrics.items():
        means = np.array([point.values[metric].mean() for _, point in points])
        for row, mean, best in zip(rows, means, pareto(rates, means, higher), strict=True):
            row.append(f"{mean:.4f}{'*' if best else ''}")
    return Table(["curve", "target", "mode", "bpp", "ratio", *curves.metrics], rows)


def deltas_table(curves: Curves, anchor: Curve, min_overlap: float) -> Table:
    """BD-rate and BD-metric of every other curve against `anchor`, or why there is none."""
    rows = []
    for metric, higher in curves.metrics.items():
        for curve in curves.curves.values():
            if curve is not anchor:
                arguments = (anchor, curve, metric, higher, min_overlap)
                percent, gain = _delta(bd_rate, "{:+.2f} %", *arguments), _delta(bd_metric, "{:+.4f}", *arguments)
                rows.append([metric, anchor.name, curve.name, percent, gain])
    return Table(["metric", "anchor", "curve", "BD-rate", "BD-metric"], rows)


def _delta(delta: Callable[..., float], form: str, *arguments: object) -> str:
    try:
        return form.format(delta(*arguments))
    except CMCError as refusal:
        return f"refused: {refusal}"


def advantages_table(curves: Curves) -> Table:
    """Every pair of curves at equal rate, with a verdict where the images are enough for one."""
    counts = draw_counts(curves.images)
    listed = list(curves.curves.values())
    rows = [
        [metric, first.name, second.name, *_advantage_cells(first, second, metric, higher, counts)]
        for metric, higher in curves.metrics.items()
        for place, first in enumerate(listed)
        for second in listed[place + 1 :]
    ]
    return Table(["metric", "A", "B", "A better by", "95 %", "resamples in which A is better", "verdict"], rows)


def _advantage_cells(first: Curve, second: Curve, metric: str, higher: bool, counts: np.ndarray) -> list[str]:
    try:
        gain = advantage(first, second, metric, higher, counts)
    except CMCError as refusal:
        return ["", "", "", f"refused: {refusal}"]
    low, high = gain.bounds
    return [
        f"{gain.difference:+.4f}", f"[{low:+.4f}, {high:+.4f}]", f"{gain.share:.1%}", verdict(first, second, gain)
    ]  # fmt: skip


def verdict(first: Curve, second: Curve, gain: Advantage) -> str:
    """Which curve is better, if 95 % of the resamples agree."""
    low, high = gain.bounds
    better = first if low > 0 else second if high < 0 else None
    return f"{better.name} is better" if better else UNDECIDED
