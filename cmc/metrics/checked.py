"""What a metric says, looked at before it is believed: as many scores as pictures, numbers, within their range."""

import math
from collections.abc import Mapping, Sequence
from typing import SupportsFloat

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.facts import Range
from cmc.core.faults import faults_told, kind_of
from cmc.metrics.base import Metric, SetMetric

# What stands for the score of a picture that a metric leaves out.
LEFT_OUT = math.nan
# Rounding may carry a score so far out of its range, as a share of the end or of 1: it is brought back. What is
# further out is no rounding.
ROUNDING = 1e-5


def scores_or_faults(
    name: str, metric: Metric, pictures: Sequence[np.ndarray], gt: np.ndarray | None, captions: Sequence[str] = ()
) -> list[float | CMCError]:
    """A score a picture, LEFT_OUT if the metric leaves it out, or why it has none; where the metric fails at several,
    each is scored alone. `captions`: one a picture, of a metric that reads them."""
    try:
        return [_number_or_fault(name, score, metric) for score in _scores(name, metric, pictures, gt, captions)]
    except CMCError as error:
        if len(pictures) == 1:
            return [error]
    alone = [(pictures[i : i + 1], captions[i : i + 1]) for i in range(len(pictures))]
    return [score for picture, caption in alone for score in scores_or_faults(name, metric, picture, gt, caption)]


def _scores(
    name: str, metric: Metric, pictures: Sequence[np.ndarray], gt: np.ndarray | None, captions: Sequence[str]
) -> list[object]:
    further = [captions] if getattr(metric, "reads_caption", Metric.reads_caption) else []
    with faults_told(name):
        scores = metric.score(pictures, gt, *further)
    if not isinstance(scores, Sequence | np.ndarray):
        raise CMCError(f"expected a list of scores from {name}, found {kind_of(scores)}")
    if len(scores) != len(pictures):
        raise CMCError(f"expected {len(pictures)} score(s) from {name}, found {len(scores)}")
    return list(scores)


def _number_or_fault(name: str, score: object, metric: Metric) -> float | CMCError:
    leaves_out: str = getattr(metric, "leaves_out", Metric.leaves_out)
    if score is None and leaves_out:
        return LEFT_OUT
    try:
        return checked_number(name, score, getattr(metric, "ends", Metric.ends))
    except CMCError as error:
        return error


def checked_number(name: str, score: object, ends: Range = (None, None)) -> float:
    """A score as a number within `ends`. Raises CMCError for what is none, or is out of them by more than rounding."""
    if not isinstance(score, SupportsFloat):
        raise CMCError(f"expected a number from {name}, found {kind_of(score)}")
    with faults_told(name):
        number = float(score)
    if not math.isfinite(number):
        raise CMCError(f"{name} is {number}, which is no score; try --dtype fp32")
    low, high = (-math.inf if ends[0] is None else ends[0]), (math.inf if ends[1] is None else ends[1])
    nearest = min(max(number, low), high)
    if abs(number - nearest) > ROUNDING * max(1.0, abs(nearest)):
        raise CMCError(f"{name} is {number:g}, out of its range, {low:g} to {high:g}")
    return nearest


def checked_features(name: str, metric: SetMetric, pictures: Sequence[np.ndarray]) -> np.ndarray:
    """(n, d) or (n, k, d) features of n pictures. Raises CMCError for anything else."""
    with faults_told(name):
        features = metric.features(pictures)
    if not isinstance(features, np.ndarray) or features.ndim not in (2, 3) or len(features) != len(pictures):
        found = features.shape if isinstance(features, np.ndarray) else kind_of(features)
        raise CMCError(f"expected an array of {len(pictures)} rows of features from {name}, found {found}")
    if not np.issubdtype(features.dtype, np.floating) or not np.isfinite(features).all():
        raise CMCError(f"expected finite float features from {name}, found {features.dtype} with others")
    return features


def checked_distances(
    name: str, metric: SetMetric, gt: np.ndarray, decoded: np.ndarray, ends: Mapping[str, Range]
) -> dict[str, float]:
    """The distance in every column of `ends`. Raises CMCError for anything else."""
    with faults_told(name):
        distances = metric.distances(gt, decoded)
    if not isinstance(distances, Mapping) or distances.keys() != ends.keys():
        found = ", ".join(map(str, distances)) if isinstance(distances, Mapping) else kind_of(distances)
        raise CMCError(f"expected {', '.join(ends)} from {name}, found {found}")
    return {column: checked_number(column, distances[column], ends[column]) for column in ends}
