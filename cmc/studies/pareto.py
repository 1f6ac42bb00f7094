"""The settings that nothing beats in rate, consistency and perception at once, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cmc.core.bootstrap import draw_counts, resampled_means
from cmc.core.pareto import pareto_front
from cmc.metrics.base import FR, NR
from cmc.studies.means import MeanEstimate
from cmc.studies.objective import Measured


@dataclass(frozen=True)
class ParetoPoint:
    """A setting's bits per pixel, FR and NR over `images` images.

    Of those that were measured over all images: whether it is on the front, and the share of resamples of the images in
    which it is; None for the others, whose means are over fewer.
    """

    name: str
    images: int
    bpp: MeanEstimate
    fr: MeanEstimate
    nr: MeanEstimate
    on_front: bool | None
    share: float | None


def pareto_points(settings: Mapping[str, Measured], images: int) -> list[ParetoPoint]:
    """The settings with a measured rate, by rising rate; `images`: how many all are.

    Every resample takes the same images of all settings.
    """
    rated = {name: np.column_stack([*_objectives(each)]) for name, each in settings.items() if each.bpp is not None}
    finals = [name for name, values in rated.items() if len(values) == images]
    marks = _front([rated[name] for name in finals])
    placed = dict(zip(finals, marks, strict=True))
    points = [_point(name, values, *placed.get(name, (None, None))) for name, values in rated.items()]
    return sorted(points, key=lambda point: (point.bpp.mean, point.name))


def _objectives(measured: Measured) -> list[np.ndarray]:
    """(images,) each of rate, FR and NR."""
    rate = measured.bpp
    return [] if rate is None else [rate, measured.values[FR], measured.values[NR]]


def _front(values: list[np.ndarray]) -> list[tuple[bool, float]]:
    """Of (images, 3) values of each setting: whether it is on the front, and the share of resamples in which it is."""
    if not values:
        return []
    costs = np.stack(values) * np.array([1, -1, -1])
    settings, images, _ = costs.shape
    table = costs.transpose(1, 0, 2).reshape(images, -1)
    draws = resampled_means(draw_counts(images), table).reshape(-1, settings, 3)
    shares = np.mean([pareto_front(draw) for draw in draws], axis=0)
    return [(bool(on), float(share)) for on, share in zip(pareto_front(costs.mean(axis=1)), shares, strict=True)]


def _point(name: str, values: np.ndarray, on_front: bool | None, share: float | None) -> ParetoPoint:
    counts = draw_counts(len(values))
    bpp, fr, nr = (MeanEstimate.of(column, counts) for column in values.T)
    return ParetoPoint(name, len(values), bpp, fr, nr, on_front, share)
