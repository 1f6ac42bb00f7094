"""95 % intervals of a summary's cells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cmc.core.bootstrap import draw_counts, interval
from cmc.scores.resample import resample, score_columns
from cmc.scores.summary import FR, NR, OVERALL, Cell, Key, overall
from cmc.stages.evaluate import Score


def with_intervals(cells: Sequence[Cell], scores: Sequence[Score]) -> list[Cell]:
    """The cells that `summarise` made of one target's scores, with bounds from the images' resamples.

    The same resamples serve every cell, and every other target over the same images.
    """
    names = sorted({score.name for score in scores})
    draws = resample(score_columns(scores, names), draw_counts(len(names)))
    modes = list(dict.fromkeys(cell.mode for cell in cells if cell.mode != OVERALL))
    return [replace(cell, bounds=_bounds(cell, modes, draws)) for cell in cells]


def _bounds(cell: Cell, modes: Sequence[str], draws: Mapping[Key, np.ndarray]) -> dict[str, tuple[float, float]]:
    averaged = modes if cell.mode == OVERALL else [cell.mode]
    means = {metric: np.mean([draws[cell.content, mode, metric] for mode in averaged], axis=0) for metric in cell.means}
    if cell.mode == OVERALL and cell.overall is not None:
        means["overall"] = overall(means[FR], means[NR])
    return {column: interval(mean_draws) for column, mean_draws in means.items()}
