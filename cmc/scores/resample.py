"""Scores as columns by image, and their means under the bootstrap."""

from collections.abc import Mapping, Sequence

import numpy as np

from cmc.core.bootstrap import resampled_means
from cmc.core.workspace import groups
from cmc.scores.summary import Key
from cmc.stages.evaluate import Score


def score_columns(scores: Sequence[Score], names: Sequence[str]) -> dict[Key, np.ndarray]:
    """(images,) scores in the order of `names`, by (content, mode, metric); NaN is an image without a score."""
    indices = {name: index for index, name in enumerate(names)}
    columns: dict[Key, np.ndarray] = {}
    for score in scores:
        for content in groups(score.name):
            for metric, value in score.values.items():
                column = columns.setdefault((content, score.mode, metric), np.full(len(names), np.nan))
                column[indices[score.name]] = value
    return columns


def resample(columns: Mapping[Key, np.ndarray], counts: np.ndarray) -> dict[Key, np.ndarray]:
    """(resamples,) means of each column under `counts`, as `draw_counts` makes them."""
    if not columns:
        return {}
    means = resampled_means(counts, np.column_stack(list(columns.values())))
    return dict(zip(columns, means.T, strict=True))
