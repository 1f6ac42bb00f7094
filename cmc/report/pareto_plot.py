"""The settings of a search: consistency and perception over rate, the Pareto front of all three marked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.bits import LIMITS
from cmc.report.rdplot import TITLES
from cmc.report.style import COLUMN, INK, OWN, PAGE, PALE, STYLE
from cmc.scores.summary import FR, NR
from cmc.studies.means import MeanEstimate
from cmc.studies.pareto import ParetoPoint

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Any: keywords of several matplotlib functions.
RING: dict[str, Any] = {"marker": "o", "markersize": 8, "fillstyle": "none", "color": INK, "linestyle": "none"}
# A front of more points is named in the table alone.
MOST_NAMES = 12


def pareto_plot(points: Sequence[ParetoPoint], max_bpp: float | None = None) -> "Figure":
    """FR over bpp and NR over bpp of all settings, with 95 % intervals.

    Ringed: on the front of bpp x FR x NR over all images, the darker the surer; pale: settings that were dropped, over
    the images that they got. `max_bpp` is a dashed line.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, COLUMN), layout="constrained")
        for axes, metric in zip(figure.subplots(1, 2), (FR, NR), strict=True):
            _panel(axes, points, metric)
            _limits(axes, points, max_bpp)
            axes.set_xlabel("bits per pixel")
            axes.set_ylabel(f"{TITLES[metric]} ↑")
        _legend(figure)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _panel(axes: Any, points: Sequence[ParetoPoint], metric: str) -> None:
    for point in points:
        score, whole = _of(point, metric), point.share is not None
        colour = OWN[1] if whole else PALE[7]
        axes.errorbar(
            *(point.bpp.mean, score.mean),
            xerr=_reach(point.bpp),
            yerr=_reach(score),
            **{"color": colour, "alpha": 0.9 if whole else 0.35, "elinewidth": 0.7},
            **{"marker": "o" if whole else "x", "markersize": 3.5, "linestyle": "none"},
        )
    front = [point for point in points if point.on_front]
    for point in front:
        axes.plot(point.bpp.mean, _of(point, metric).mean, alpha=0.25 + 0.75 * (point.share or 0), **RING)
    for index, point in enumerate(front if len(front) <= MOST_NAMES else []):
        place = {"ha": "left", "va": "bottom"} if index % 2 else {"ha": "right", "va": "top"}
        offset = (4, 4) if index % 2 else (-4, -4)
        where = (point.bpp.mean, _of(point, metric).mean)
        axes.annotate(point.name, where, offset, textcoords="offset points", fontsize=5, **place)


def _of(point: ParetoPoint, metric: str) -> MeanEstimate:
    return point.fr if metric == FR else point.nr


def _reach(estimate: MeanEstimate) -> np.ndarray:
    """(2, 1): how far the interval goes to either side."""
    return np.array([[max(0.0, estimate.mean - estimate.low)], [max(0.0, estimate.high - estimate.mean)]])


def _limits(axes: Any, points: Sequence[ParetoPoint], max_bpp: float | None) -> None:
    """ULB and ELB where they are near what is shown, and the bound of the search."""
    highest = max((point.bpp.high for point in points), default=0.0)
    for name, limit in LIMITS.items():
        if limit <= 2 * highest:
            axes.axvline(limit, color=INK, linewidth=0.7, linestyle=":")
            axes.annotate(name, (limit, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=7)
    if max_bpp is not None:
        axes.axvline(max_bpp, color=OWN[0], linewidth=0.9, linestyle="--")


def _legend(figure: "Figure") -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=OWN[1], marker="o", markersize=3.5, linestyle="none", label="all images"),
        Line2D([], [], color=PALE[7], marker="x", markersize=3.5, linestyle="none", label="dropped on the way"),
        Line2D([], [], label="Pareto front of bpp, FR and NR", **RING),
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=3, frameon=False)
