"""Metrics of whole folders: what a mode's pictures look like together, beside their ground truths."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.facts import Range
from cmc.core.images import load_rgb
from cmc.core.prefetch import prefetched
from cmc.core.workspace import groups
from cmc.metrics.base import SetMetric
from cmc.metrics.checked import checked_distances, checked_features
from cmc.scores.summary import Cell
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED, Task

# (d,) or (k, d) of every picture, by (target, mode, ground truth's name); a ground truth's by (name,).
Features = dict[tuple[str, ...], np.ndarray]


def set_features(name: str, metric: SetMetric, tasks: Iterable[Task], scores: Sequence[Score]) -> Features:
    """Features of every picture that was scored, and of its ground truth; each file is read once.

    Raises CMCError, naming the ground truth, where the metric fails: a distance over fewer pictures is another.
    """
    scored = {(score.target, score.mode, score.name) for score in scores if score.status == SCORED}
    features: Features = {}
    for _, (keys, pictures) in prefetched(lambda task: _read(task, scored), tasks, workers=2, depth=3):
        if len(keys) > 1:
            try:
                features.update(zip(keys, checked_features(name, metric, pictures), strict=True))
            except CMCError as error:
                raise CMCError(f"{error}, at {keys[0][0]}; mend it, or leave {name} out of --metrics") from error
    return features


def _read(task: Task, scored: set[tuple[str, str, str]]) -> tuple[list[tuple[str, ...]], list[np.ndarray]]:
    """Keys of `Features` and pixels of a ground truth and its scored pictures; nothing where none was scored."""
    paths: dict[tuple[str, ...], Path] = {(task.gt.name,): task.gt}
    for candidate in task.candidates:
        key = (candidate.target, candidate.mode, task.gt.name)
        if key in scored and candidate.path is not None:
            paths[key] = candidate.path
    if len(paths) == 1:
        return [], []
    return list(paths), [np.asarray(load_rgb(path)) for path in paths.values()]


def with_set_metric(
    cells: Sequence[Cell], target: str, metric: SetMetric, features: Features, ends: Mapping[str, Range]
) -> list[Cell]:
    """The cells of one target, those of a mode with the metric's distances where two pictures or more have any.

    ends: the range of each of the metric's columns.
    """
    return [replace(cell, sets={**cell.sets, **_distances(cell, target, metric, features, ends)}) for cell in cells]


def _distances(
    cell: Cell, target: str, metric: SetMetric, features: Features, ends: Mapping[str, Range]
) -> dict[str, float]:
    names = [key[2] for key in features if key[:2] == (target, cell.mode) and cell.content in groups(key[2])]
    if len(names) < 2:
        return {}
    gt = np.vstack([features[name,] for name in names])
    pictures = np.vstack([features[target, cell.mode, name] for name in names])
    return checked_distances(" and ".join(ends), metric, gt, pictures, ends)
