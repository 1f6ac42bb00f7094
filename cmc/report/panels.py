"""Figures A4 to A7 with matplotlib: small panels, four of consistency above four of perception."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cmc.report.style import INK, MARKERS, PAGE, STYLE, log_axis, result_style
from cmc.studies.panels import Panel, PanelFigure, PanelPoint
from cmc.studies.paper_metrics import CONSISTENCY, PERCEPTION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Panels in a row of a whole page, and a row's height in inches.
ACROSS, ROW_HEIGHT = 4, 1.75
# Of panels of consistency, over the page's ground, light or dark.
TINT: dict[str, Any] = {"facecolor": "#e69f00", "alpha": 0.1}
BEST = "best mean"
RING: dict[str, Any] = {"marker": "o", "markersize": 8, "fillstyle": "none", "linestyle": "none", "color": INK}


@dataclass(frozen=True)
class Looks:
    """Style by line, and marker by mark; where points have no marks, lines have markers of their own."""

    lines: Mapping[str, Mapping[str, Any]]
    marks: Mapping[str, str]

    @classmethod
    def of(cls, panels: Sequence[Panel]) -> "Looks":
        """Every line and mark once; a metric may lack some."""
        lines = dict.fromkeys(name for panel in panels for name in panel.lines)
        points = [point for panel in panels for line in panel.lines.values() for point in line]
        marks = sorted({point.mark for point in points} - {""}, key=_by_number)
        markers = {mark: MARKERS[place % len(MARKERS)] for place, mark in enumerate(marks)}
        return cls({name: result_style(place) for place, name in enumerate(lines)}, markers)

    def line(self, name: str) -> dict[str, Any]:
        """Of a line, without markers where marks have them."""
        style = {**self.lines[name], "linewidth": 1, "markersize": 3}
        return {**style, "marker": None} if self.marks else style


def _by_number(mark: str) -> tuple[bool, int, str]:
    """Sorts 5 words before 10 words, and what has no number last."""
    number = re.match(r"\d+", mark)
    return number is None, int(number[0]) if number else 0, mark


def panel_figure(found: PanelFigure) -> "Figure":
    """One panel a metric over the figure's axis; bands hold 95 % of the resamples, the best mean is ringed."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    sides = [[panel for panel in found.panels if panel.metric.side == side] for side in (CONSISTENCY, PERCEPTION)]
    rows = [side for side in sides if side]
    columns = max(map(len, rows))
    looks = Looks.of(found.panels)
    with rc_context(STYLE):
        size = PAGE * max(columns, 2) / ACROSS, ROW_HEIGHT * len(rows) + 0.6
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for axes_row, side in zip(grid, rows, strict=True):
            for axes in axes_row[len(side) :]:
                axes.remove()
            for axes, panel in zip(axes_row, side):
                _draw(axes, panel, looks, found.log)
        for column, axes_column in enumerate(grid.T):
            lowest = max(row for row, side in enumerate(rows) if len(side) > column)
            axes_column[lowest].set_xlabel(found.axis_title, fontsize=7)
        _legend(figure, looks, found.text_bpp, max(columns, 2))
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _draw(axes: "Axes", panel: Panel, looks: Looks, log: bool) -> None:
    from matplotlib.patches import Rectangle

    if panel.metric.side == CONSISTENCY:
        axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, zorder=-1, linewidth=0, **TINT))
    for name, points in panel.lines.items():
        _draw_line(axes, points, name, looks)
    best = panel.best[1]
    axes.plot([best.x], [best.estimate.mean], zorder=4, label=BEST, **RING)
    axes.set_title(panel.metric.title, loc="left")
    axes.margins(0.08)
    if log:
        log_axis(axes)
    else:
        axes.ticklabel_format(axis="x", useOffset=False, style="plain")
        axes.locator_params(axis="x", nbins=5)
    axes.locator_params(axis="y", nbins=5)


def _draw_line(axes: "Axes", points: Sequence[PanelPoint], name: str, looks: Looks) -> None:
    x, means = [point.x for point in points], [point.estimate.mean for point in points]
    style = looks.line(name)
    axes.plot(x, means, label=name, **style)
    for point in points if looks.marks else ():
        marker = looks.marks[point.mark]
        axes.plot([point.x], [point.estimate.mean], marker=marker, markersize=3.5, color=style["color"])
    bounds = [(point.x, *point.estimate.bounds) for point in points if point.estimate.bounds]
    if len(bounds) == 1:
        axes.vlines(*bounds[0], color=style["color"], linewidth=2.5, alpha=0.3)
    elif bounds:
        across, low, high = zip(*bounds, strict=True)
        axes.fill_between(across, low, high, color=style["color"], alpha=0.12, linewidth=0)


def _legend(figure: "Figure", looks: Looks, text_bpp: Mapping[str, float], columns: int) -> None:
    """Every line, with the bits of its text where the axis does not tell them, every mark, and the ring."""
    from matplotlib.lines import Line2D

    handles: list[Line2D] = []
    for name in looks.lines:
        text = f" (text {text_bpp[name]:.4f} bpp)" if name in text_bpp else ""
        handles.append(Line2D([], [], label=f"{name}{text}", **looks.line(name)))
    for mark, marker in looks.marks.items():
        handles.append(Line2D([], [], label=mark, marker=marker, color=INK, linestyle="none", markersize=3.5))
    handles.append(Line2D([], [], label=BEST, **RING))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
