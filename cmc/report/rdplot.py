"""Rate-distortion curves with matplotlib, one panel a metric."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.compare.curves import Curve, Curves, pareto
from cmc.core.bits import LIMITS
from cmc.report.style import COLUMN, GRID, INK, PAGE, STYLE, log_axis, result_style
from cmc.scores.summary import FR, NR

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS_A_ROW = 2


@dataclass(frozen=True)
class PanelLayout:
    """height: in inches; digits: at which rates stand on the axis; places: where the modes of the first curve, the
    second, … stand beside its points, as an offset in points of type, and alignment."""

    height: float
    digits: tuple[int, ...]
    places: tuple[tuple[int, int, str], ...]


# Two a row at most, and narrower ones, where names at the left would stand on the axis.
WIDE = PanelLayout(COLUMN * 0.85, (1, 2, 5), ((4, -8, "left"), (-4, 4, "right"), (4, 4, "left"), (-4, -8, "right")))
NARROW = PanelLayout(COLUMN * 0.6, (1, 3), ((4, -8, "left"), (4, 4, "left")))
TITLES = {FR: "Consistency (FR)", NR: "Perception (NR)"}


def rate_distortion(found: Curves, titles: dict[str, str], panels_a_row: int = PANELS_A_ROW) -> "Figure":
    """Every curve over a logarithmic axis of bpp, ULB and ELB marked; ringed points are on the Pareto front."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    columns = min(panels_a_row, len(found.metrics))
    rows = -(-len(found.metrics) // columns)
    layout = WIDE if columns <= PANELS_A_ROW else NARROW
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE if columns > 1 else COLUMN, layout.height * rows + 0.4), layout="constrained")
        panels = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
        for axes, (metric, higher) in zip(panels, found.metrics.items()):
            _panel(axes, found, metric, higher, layout)
            axes.set_ylabel(titles.get(metric, metric.upper()) + (" ↑" if higher else " ↓"))
        for axes in panels[len(found.metrics) :]:
            axes.remove()
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _panel(axes: Any, found: Curves, metric: str, higher: bool, layout: PanelLayout) -> None:
    for index, curve in enumerate(found.curves.values()):
        look = result_style(index)
        axes.plot(curve.rates(), curve.scores(metric), markersize=3.5, linewidth=1.2, label=curve.label, **look)
    # Room for the names of modes beside the outermost points.
    axes.margins(x=0.12, y=0.1)
    for index, curve in enumerate(found.curves.values()):
        _name_modes(axes, curve, metric, layout.places[index % len(layout.places)])
    rates = np.concatenate([curve.rates() for curve in found.curves.values()])
    scores = np.concatenate([curve.scores(metric) for curve in found.curves.values()])
    front = pareto(rates, scores, higher)
    axes.plot(
        *(rates[front], scores[front]),
        **{"marker": "o", "markersize": 7, "fillstyle": "none", "linestyle": "none", "color": INK},
        label="Pareto front",
    )
    log_axis(axes, layout.digits)
    axes.set_xlabel("bits per pixel")
    axes.grid(color=GRID, linewidth=0.5)
    for name, limit in LIMITS.items():
        axes.axvline(limit, color=INK, linewidth=0.7, linestyle=":")
        axes.annotate(name, (limit, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=7)


def _name_modes(axes: Any, curve: Curve, metric: str, place: tuple[int, int, str]) -> None:
    """The modes of a curve that has several, at a `place` beside their points; points that coincide share one label."""
    if len({point.mode for point in curve.points}) < 2:
        return
    # What is one place depends on how much of the metric's range the panel shows.
    low, high = axes.get_ylim()
    modes: dict[tuple[float, float], list[str]] = {}
    for point, rate, score in zip(curve.points, curve.rates(), curve.scores(metric), strict=True):
        share = round(float((score - low) / (high - low)), 2)
        modes.setdefault((float(f"{rate:.2g}"), low + share * (high - low)), []).append(point.mode)
    for point_at, names in modes.items():
        axes.annotate(", ".join(names), point_at, place[:2], textcoords="offset points", fontsize=6, ha=place[2])
