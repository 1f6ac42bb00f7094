"""Means of measurements over the images that all of them have, with 95 % intervals over images and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from cmc.core.bits import Rate
from cmc.core.bootstrap import draw_counts, draw_seed_counts, interval, resampled_means
from cmc.core.crossed import seed_deviations
from cmc.core.errors import CMCError, some
from cmc.studies.measurements import Measurement


@dataclass(frozen=True)
class Estimate:
    """A mean, and the bounds of 95 % of its resamples over the images, and over the seeds where there are several; None
    for what has no score by image."""

    mean: float
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True)
class Point:
    """A measurement as numbers: estimates by metric; mean bits per pixel, and those of the text alone, None where a
    picture's rate was not measured."""

    measurement: Measurement
    estimates: Mapping[str, Estimate]
    bpp: float | None
    text_bpp: float | None


@dataclass(frozen=True)
class Points:
    """Points over the same `images`; `remarks`: what was left out for it."""

    points: Sequence[Point]
    images: int
    remarks: Sequence[str] = ()


def points_over_common(measurements: Sequence[Measurement]) -> Points:
    """Means over the images that all `measurements` have scores of. Raises CMCError where there is no such image, or
    nothing to average."""
    if not measurements:
        raise CMCError("nothing of it is scored")
    names = common_images(measurements)
    means = _estimates(measurements, names)
    points, remarks = [], _shorter(measurements, names)
    for measurement, estimates in zip(measurements, means, strict=True):
        rates = [measurement.scores[name].rate for name in names]
        remarks += _left_out(measurement, names)
        sets = measurement.sets if len(measurement.scores) == len(names) else {}
        if measurement.sets and not sets:
            columns = " and ".join(measurement.sets)
            remarks.append(f"{columns} of {measurement.place} left out: over {len(measurement.scores)} images")
        of_sets = {column: Estimate(value) for column, value in sets.items()}
        points.append(Point(measurement, {**estimates, **of_sets}, _mean_bpp(rates), _mean_text_bpp(rates)))
    return Points(points, len(names), remarks)


def common_images(measurements: Sequence[Measurement]) -> list[str]:
    """The images that all have scores of, by name. Raises CMCError where there are none."""
    common = sorted(set.intersection(*(set(measurement.scores) for measurement in measurements)))
    if not common:
        listed = some(measurement.place for measurement in measurements)
        raise CMCError(f"no image is scored in all of {listed}; score them over the same images")
    return common


def _shorter(measurements: Sequence[Measurement], names: Sequence[str]) -> list[str]:
    """A remark where some have images that others lack."""
    everything = {name for measurement in measurements for name in measurement.scores}
    if len(names) == len(everything):
        return []
    short = [
        f"{measurement.place} lacks {len(everything) - len(measurement.scores)}"
        for measurement in measurements
        if len(measurement.scores) < len(everything)
    ]
    return [f"over the {len(names)} of {len(everything)} images that all have; {some(short)}"]


def _estimates(measurements: Sequence[Measurement], names: Sequence[str]) -> list[dict[str, Estimate]]:
    """By measurement and metric; the same resamples serve all."""
    keys = [(place, metric) for place, one in enumerate(measurements) for metric in _metrics(one, names)]
    estimates: list[dict[str, Estimate]] = [{} for _ in measurements]
    if keys:
        columns = np.array(
            [[measurements[place].scores[name].values.get(metric, np.nan) for name in names] for place, metric in keys]
        )
        draws = resampled_means(draw_counts(len(names)), columns.T)
        for (place, metric), column, resamples in zip(keys, columns, draws.T, strict=True):
            of_seeds = _seed_draws(measurements[place], metric, names)
            estimates[place][metric] = Estimate(float(np.nanmean(column)), interval(resamples + of_seeds))
    return estimates


def _metrics(measurement: Measurement, names: Sequence[str]) -> list[str]:
    """Those that some image has a score by, in order."""
    return list(dict.fromkeys(metric for name in names for metric in measurement.scores[name].values))


def _left_out(measurement: Measurement, names: Sequence[str]) -> list[str]:
    """A remark a metric that leaves images out."""
    counts = {
        metric: sum(metric in measurement.scores[name].values for name in names)
        for metric in _metrics(measurement, names)
    }
    return [
        f"{metric} of {measurement.place} is over {count} of {len(names)} images, the others have no score by it"
        for metric, count in counts.items()
        if count < len(names)
    ]


def _seed_draws(measurement: Measurement, metric: str, names: Sequence[str]) -> np.ndarray | float:
    """(resamples,) what resampled seeds add to a mean over resampled images; 0 for one seed."""
    if len(measurement.seeds) < 2:
        return 0.0
    table = np.array([[scores[name].values[metric] for scores in measurement.by_seed] for name in names])
    return seed_deviations(table, draw_seed_counts(measurement.seeds))


def _mean_bpp(rates: Sequence[Rate | None]) -> float | None:
    known = [rate.bpp for rate in rates if rate]
    return fmean(known) if len(known) == len(rates) else None


def _mean_text_bpp(rates: Sequence[Rate | None]) -> float | None:
    known = [rate.bpp * rate.text / rate.total for rate in rates if rate]
    return fmean(known) if len(known) == len(rates) else None
