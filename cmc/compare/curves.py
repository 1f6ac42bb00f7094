"""Rate-distortion curves of scored targets: measured rates and scores of the same images, point by point."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cmc.core.bootstrap import interval, resampled_means
from cmc.core.errors import CMCError, some
from cmc.core.workspace import ALL, content_type
from cmc.scores.score_file import ScoreFile
from cmc.stages.evaluate_tasks import SCORED

# What `python -m cmc codec` puts behind a codec's name.
_QUALITY = re.compile(r"-(qp\d+|bpp[\d.e-]+)$")
# Rates at which two curves are compared, evenly spaced in log bpp over what both cover.
GRID = 32


@dataclass(frozen=True)
class Point:
    """One target in one mode: bpp and scores by metric, each (images,) over the images of all points, by name."""

    target: str
    mode: str
    bpp: np.ndarray
    values: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Curve:
    """Points of one method, by rising mean rate."""

    name: str
    points: Sequence[Point]

    def rates(self) -> np.ndarray:
        """(points,) mean bpp."""
        return np.array([point.bpp.mean() for point in self.points])

    def scores(self, metric: str) -> np.ndarray:
        """(points,) means of a metric."""
        return np.array([point.values[metric].mean() for point in self.points])


@dataclass(frozen=True)
class Curves:
    """All curves, over `images` common images; `metrics`: whether higher is better; `left_out`: points, and why."""

    curves: Mapping[str, Curve]
    images: int
    metrics: Mapping[str, bool]
    left_out: Mapping[str, str] = field(default_factory=dict)


def curve_of(target: str, runs: Mapping[str, Mapping[str, Any]]) -> str:
    """The curve that a target is on by itself: a codec's qualities share one, a decoder's modes make one."""
    codec = any("codec" in run.get("settings", {}) for run in runs.values())
    return _QUALITY.sub("", target) if codec else target


def make_curves(files: Sequence[ScoreFile], names: Mapping[str, str], content: str, partial: bool) -> Curves:
    """Curves of targets; `names`: the curve of each target.

    Raises CMCError when nothing has a measured rate, when metrics were computed in different ways, and when points
    are over different images, unless `partial` leaves those in that all have.
    """
    _same_settings(files)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    left_out = {}
    for file in files:
        for mode in file.modes:
            kept = [one for one in file.scores if one.mode == mode and content in (ALL, content_type(one.name)[0])]
            rated = {one.name: one for one in kept if one.status == SCORED and one.rate}
            if rated:
                found[file.target, mode] = rated
            elif kept:
                left_out[f"{file.target} {mode}"] = "no streams were kept, so its rate is unknown"
    if not found:
        raise CMCError(
            "no scored target has a measured rate; make one with python -m cmc codec, keep references with "
            "python -m cmc reference, and score again"
        )
    everything = set().union(*found.values())
    common = sorted(everything.intersection(*found.values()))
    if not common or (len(common) < len(everything) and not partial):
        short = [" ".join(key) for key, rated in found.items() if len(rated) < len(everything)]
        raise CMCError(
            f"{some(short)}: not every image has a score and a rate ({len(common)} of {len(everything)} images are "
            "common to all); score them, or compare over the common ones with --allow_partial"
        )
    columns = set.intersection(*(set(score.values) for rated in found.values() for score in rated.values()))
    metrics = {metric: metric not in files[0].lower_is_better for metric in sorted(columns)}
    curves: dict[str, list[Point]] = {}
    for (target, mode), rated in found.items():
        curves.setdefault(names[target], []).append(_point(target, mode, [rated[name] for name in common], metrics))
    made = {name: Curve(name, sorted(points, key=lambda one: one.bpp.mean())) for name, points in curves.items()}
    return Curves(made, len(common), metrics, left_out)


def _same_settings(files: Sequence[ScoreFile]) -> None:
    for file in files[1:]:
        different = [key for key, value in file.settings.items() if files[0].settings.get(key, value) != value]
        if different:
            raise CMCError(
                f"{file.target} and {files[0].target} were scored with other {', '.join(different)}; score them alike"
            )


def _point(target: str, mode: str, scores: Sequence[Any], metrics: Mapping[str, bool]) -> Point:
    values = {metric: np.array([one.values[metric] for one in scores]) for metric in metrics}
    return Point(target, mode, np.array([one.rate.bpp for one in scores]), values)


def pareto(rates: np.ndarray, scores: np.ndarray, higher: bool) -> np.ndarray:
    """(points,) whether no other point is as cheap and as good, and better in one of the two."""
    good = scores if higher else -scores
    as_good = (rates[None] <= rates[:, None]) & (good[None] >= good[:, None])
    better = (rates[None] < rates[:, None]) | (good[None] > good[:, None])
    return np.logical_not((as_good & better).any(axis=1))


@dataclass(frozen=True)
class Advantage:
    """How much better one curve is than another at equal rate, in the metric's unit (positive: better): over the
    images, with `bounds` that hold 95 % of the resamples, and the share of resamples in which it is better."""

    difference: float
    bounds: tuple[float, float]
    share: float


def advantage(one: Curve, other: Curve, metric: str, higher: bool, counts: np.ndarray) -> Advantage:
    """`one` against `other` at equal rate, paired: every resample (rows of `counts`, as `draw_counts` makes them) takes
    the same images of both. Curves are straight in log bpp between their points.

    Raises CMCError where no rate is covered by both.
    """
    sign = 1 if higher else -1
    whole = sign * _gap(_means(one, metric, np.ones_like(counts[:1])), _means(other, metric, np.ones_like(counts[:1])))
    if np.isnan(whole[0]):
        raise CMCError("no rate is covered by both")
    gaps = sign * _gap(_means(one, metric, counts), _means(other, metric, counts))
    gaps = gaps[np.isfinite(gaps)]
    return Advantage(float(whole[0]), interval(gaps), float(np.mean(gaps > 0)))


def _means(curve: Curve, metric: str, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(resamples, points) log mean rates and mean scores."""
    rates = resampled_means(counts, np.column_stack([point.bpp for point in curve.points]))
    return np.log(rates), resampled_means(counts, np.column_stack([point.values[metric] for point in curve.points]))


def _gap(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(resamples,) mean vertical distance over the rates that both cover; NaN where there is none."""
    gaps = np.full(len(one[0]), np.nan)
    for row, (x1, y1, x2, y2) in enumerate(zip(*one, *other, strict=True)):
        low, high = max(x1.min(), x2.min()), min(x1.max(), x2.max())
        if low <= high:
            at = np.linspace(low, high, GRID)
            (a, b), (c, d) = _sorted(x1, y1), _sorted(x2, y2)
            gaps[row] = np.mean(np.interp(at, a, b) - np.interp(at, c, d))
    return gaps


def _sorted(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(x)
    return x[order], y[order]
