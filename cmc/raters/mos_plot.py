"""How opinion scores are spread (CMC-Bench, figure A2)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cmc.raters.votes import HIGHEST, LOWEST, Dimension
from cmc.report.style import INK, OWN, PAGE, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Of the paper's figure, by eye; the scale is cut into as many.
BINS = 25
COLOURS: Mapping[Dimension, str] = {"consistency": OWN[1], "perception": OWN[0]}


def histograms(scores: Mapping[Dimension, np.ndarray]) -> "Figure":
    """A panel a dimension; bins are of one width, and go beyond 0 to 5 where scores do."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    known = {dimension: values[np.isfinite(values)] for dimension, values in scores.items()}
    every = np.concatenate(list(known.values()))
    width = (HIGHEST - LOWEST) / BINS
    low, high = np.floor(min(LOWEST, every.min()) / width), np.ceil(max(HIGHEST, every.max()) / width)
    bins = np.arange(low, high + 1) * width
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, 2.2), layout="constrained")
        panels = figure.subplots(1, len(known), sharey=True, squeeze=False)[0]
        for axes, (dimension, values) in zip(panels, known.items(), strict=True):
            axes.hist(values, bins, color=COLOURS[dimension], edgecolor="white", linewidth=0.4)
            axes.axvline(values.mean(), color=INK, linewidth=0.8, linestyle="--")
            axes.set_title(f"{dimension.capitalize()}, mean {values.mean():.2f}", loc="left")
            axes.set_xlabel("mean opinion score")
            axes.grid(axis="x", visible=False)
        panels[0].set_ylabel("pictures")
        panels[0].yaxis.get_major_locator().set_params(integer=True)
        # Laid out once: each further drawing would shift it by a hair, and the files with it.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure
