"""Quality over cost with matplotlib: what a picture's decoding takes, and how good it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.compare.curves import pareto
from cmc.core.bootstrap import interval
from cmc.leaderboard.power import OVERALL, scored_modes, statistic_of
from cmc.leaderboard.rows import YOURS, Row
from cmc.report.style import COLUMN, INK, PAGE, STYLE, log_axis, result_style
from cmc.scores.costs import PictureCost, picture_cost

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SECONDS, DOLLARS = "seconds a picture, decoding", "dollars for 1,000 pictures, decoding"

LEGEND_COLUMNS = 2


@dataclass(frozen=True)
class CostPoint:
    """A result: its overall score over `modes`, with the 95 % interval, and what a picture's decoding cost, the mean
    over them."""

    name: str
    modes: tuple[str, ...]
    overall: float
    bounds: tuple[float, float]
    cost: PictureCost


def cost_points(rows: Sequence[Row]) -> list[CostPoint]:
    """Of every result with FR and NR whose decoding's cost is known in all its modes; a codec's by its table of
    streams, which states no price."""
    points = []
    for row in rows:
        modes = scored_modes(row, OVERALL)
        cost = _cost(row, modes)
        if row.source == YOURS and not row.encoder and modes and cost and cost.seconds > 0:
            statistic = statistic_of(OVERALL, modes)
            bounds = interval(row.resampled(statistic))
            points.append(CostPoint(row.name, modes, statistic(row.cells), bounds, cost))
    return points


def _cost(row: Row, modes: Sequence[str]) -> PictureCost | None:
    if row.costs.coding:
        return PictureCost(row.costs.coding.decode, None, None)
    return picture_cost([row.costs.decoding.get(mode) for mode in modes])


def quality_over_cost(points: Sequence[CostPoint]) -> "Figure":
    """Overall scores over a logarithmic axis of seconds, and one of dollars where some are known; ringed points are on
    the Pareto front of those over the same modes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    looks = {point.name: result_style(index) for index, point in enumerate(points)}
    seconds = {point.name: point.cost.seconds for point in points}
    dollars = {point.name: 1000 * point.cost.dollars for point in points if point.cost.dollars}
    axes_of = {SECONDS: seconds} | ({DOLLARS: dollars} if dollars else {})
    legend_rows = -(-(len(points) + 1) // LEGEND_COLUMNS)
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, COLUMN * 0.85 + 0.17 * legend_rows), layout="constrained")
        panels = figure.subplots(1, len(axes_of), squeeze=False, sharey=True)[0]
        for axes, (label, costs) in zip(panels, axes_of.items(), strict=True):
            _panel(axes, [point for point in points if point.name in costs], costs, looks)
            axes.set_xlabel(label)
        panels[0].set_ylabel("Overall ↑")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=LEGEND_COLUMNS)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _panel(
    axes: "Axes", points: Sequence[CostPoint], costs: Mapping[str, float], looks: Mapping[str, dict[str, Any]]
) -> None:
    for point in points:
        look = looks[point.name] | {"linestyle": "none"}
        ends = [[point.overall - point.bounds[0]], [point.bounds[1] - point.overall]]
        label = f"{point.name}: {', '.join(point.modes)}"
        axes.errorbar(costs[point.name], point.overall, yerr=ends, markersize=5, elinewidth=1, label=label, **look)
    front = [point for point in points if point.name in _front(points, costs)]
    rings: Any = {"marker": "o", "markersize": 10, "fillstyle": "none", "linestyle": "none", "color": INK}
    axes.plot(
        *([costs[point.name] for point in front], [point.overall for point in front]), **rings, label="Pareto front"
    )
    log_axis(axes)


def _front(points: Sequence[CostPoint], costs: Mapping[str, float]) -> set[str]:
    """The names of points than which no other over the same modes is as cheap and as good, and better in one."""
    names = set()
    for modes in {point.modes for point in points}:
        alike = [point for point in points if point.modes == modes]
        on_front = pareto(
            np.array([costs[point.name] for point in alike]), np.array([point.overall for point in alike]), True
        )
        names |= {point.name for point, is_on in zip(alike, on_front, strict=True) if is_on}
    return names
