"""Rate-distortion curves with matplotlib, one panel a metric."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.compare.curves import Curves, pareto
from cmc.core.bits import LIMITS
from cmc.report.style import COLUMN, GRID, INK, OWN, PAGE, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS_A_ROW = 2


def rate_distortion(curves: Curves, titles: Mapping[str, str]) -> "Figure":
    """Every curve over a logarithmic axis of bpp, ULB and ELB marked; ringed points are on the Pareto front."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    columns = min(PANELS_A_ROW, len(curves.metrics))
    rows = math.ceil(len(curves.metrics) / columns)
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE if columns > 1 else COLUMN, COLUMN * 0.85 * rows + 0.4), layout="constrained")
        panels = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
        for axes, (metric, higher) in zip(panels, curves.metrics.items()):
            _panel(axes, curves, metric, higher)
            axes.set_ylabel(titles.get(metric, metric.upper()) + (" ↑" if higher else " ↓"))
        for axes in panels[len(curves.metrics) :]:
            axes.remove()
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _panel(axes: "Axes", curves: Curves, metric: str, higher: bool) -> None:
    axes.set_prop_cycle(color=OWN)
    for curve in curves.curves.values():
        axes.plot(curve.rates(), curve.scores(metric), marker="o", markersize=3, linewidth=1.2, label=curve.name)
    rates = np.concatenate([curve.rates() for curve in curves.curves.values()])
    scores = np.concatenate([curve.scores(metric) for curve in curves.curves.values()])
    front = pareto(rates, scores, higher)
    ring: dict[str, Any] = {"marker": "o", "markersize": 7, "fillstyle": "none", "linestyle": "none", "color": INK}
    axes.plot(rates[front], scores[front], **ring, label="Pareto front")
    _rate_axis(axes)
    for name, limit in LIMITS.items():
        axes.axvline(limit, color=INK, linewidth=0.7, linestyle=":")
        axes.annotate(name, (limit, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=7)


def _rate_axis(axes: "Axes") -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("bits per pixel")
    axes.grid(color=GRID, linewidth=0.5)
