"""Rate-distortion curves of scored targets: measured rates and scores of the same images, point by point."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cmc.core.bits import marked
from cmc.core.bootstrap import interval, resampled_means
from cmc.core.errors import CMCError, some
from cmc.core.pareto import pareto_front
from cmc.core.run_file import Document
from cmc.core.workspace import ALL, content_type
from cmc.scores.score_file import ScoreFile, check_alike, leaves_out, notes
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED

# What `cmc codec` puts behind a codec's name.
_QUALITY = re.compile(r"-(qp\d+|bpp[\d.e-]+)$")
# Rates at which two curves are compared, evenly spaced in log bpp over what both cover.
GRID = 32

# Scores with a measured rate by image name, of each point (target, mode).
RatedScores = dict[tuple[str, str], dict[str, Score]]


@dataclass(frozen=True)
class Point:
    """One target in one mode: bpp and scores by metric, each (images,) over the images of all points, by name;
    `stated`: its rate is as its author says."""

    target: str
    mode: str
    bpp: np.ndarray
    values: Mapping[str, np.ndarray]
    stated: bool = False


@dataclass(frozen=True)
class Curve:
    """Points of one method, by rising mean rate."""

    name: str
    points: Sequence[Point]

    @property
    def stated(self) -> bool:
        """Whether the rate of a point is as its author says."""
        return any(point.stated for point in self.points)

    @property
    def label(self) -> str:
        """Its name, with the mark of stated bits where there are any."""
        return marked(self.name, self.stated)

    def rates(self) -> np.ndarray:
        """(points,) mean bpp."""
        return np.array([point.bpp.mean() for point in self.points])

    def scores(self, metric: str) -> np.ndarray:
        """(points,) means of a metric."""
        return np.array([point.values[metric].mean() for point in self.points])


@dataclass(frozen=True)
class Curves:
    """All curves, over `images` common images; `metrics`: whether higher is better; `left_out`: points, and why;
    `remarks`: what the metrics' weights say of themselves."""

    curves: Mapping[str, Curve]
    images: int
    metrics: Mapping[str, bool]
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()

    @property
    def stated(self) -> list[str]:
        """Names of the curves with a rate that is as its author says."""
        return [curve.name for curve in self.curves.values() if curve.stated]


def curve_of(target: str, runs: Mapping[str, Document]) -> str:
    """The curve that a target is on by itself: a codec's qualities share one, a decoder's modes make one."""
    codec = any("codec" in run.get("settings", {}) for run in runs.values())
    return _QUALITY.sub("", target) if codec else target


def make_curves(files: Sequence[ScoreFile], names: Mapping[str, str], content: str, partial: bool) -> Curves:
    """Curves of targets; `names`: the curve of each target.

    Raises CMCError when nothing has a measured rate, when metrics were computed in different ways, and when points
    are over different images, unless `partial` leaves those in that all have.
    """
    check_alike(files)
    rated, left_out = _rated_scores(files, content)
    if not rated:
        raise CMCError(
            "no scored target has a measured rate; make one with cmc codec, keep references with "
            "cmc reference, and score again"
        )
    images = _common_images(rated, partial)
    columns = set.intersection(*(set(score.values) for scores in rated.values() for score in scores.values()))
    for column in sorted({metric for file in files for metric in leaves_out(file.settings)} - columns):
        left_out[column] = "not every picture has a score by it"
    metrics = {metric: metric not in files[0].lower_is_better for metric in sorted(columns)}
    points: dict[str, list[Point]] = {}
    for (target, mode), scores in rated.items():
        point = _point(target, mode, [scores[image] for image in images], metrics)
        points.setdefault(names[target], []).append(point)
    curves = {name: Curve(name, sorted(own, key=lambda point: point.bpp.mean())) for name, own in points.items()}
    return Curves(curves, len(images), metrics, left_out, notes(files[0].settings, metrics))


def _rated_scores(files: Sequence[ScoreFile], content: str) -> tuple[RatedScores, dict[str, str]]:
    """The scores with a measured rate, and the points without any, with why."""
    rated: RatedScores = {}
    left_out = {}
    for file in files:
        for mode in file.modes:
            in_mode = [score for score in file.scores if score.mode == mode]
            scores = [score for score in in_mode if content in (ALL, content_type(score.name)[0])]
            with_rate = {score.name: score for score in scores if score.status == SCORED and score.rate}
            if with_rate:
                rated[file.target, mode] = with_rate
            elif scores:
                left_out[f"{file.target} {mode}"] = "no streams were kept and no bits stated, so its rate is unknown"
    return rated, left_out


def _common_images(rated: RatedScores, partial: bool) -> list[str]:
    """The images of all points, by name. Raises CMCError where some lack images, unless `partial`, or share none."""
    everything = {name for scores in rated.values() for name in scores}
    common = sorted(everything.intersection(*rated.values()))
    if not common or (len(common) < len(everything) and not partial):
        short = [" ".join(key) for key, scores in rated.items() if len(scores) < len(everything)]
        raise CMCError(
            f"{some(short)}: not every image has a score and a rate ({len(common)} of {len(everything)} images are "
            "common to all); score them, or compare over the common ones with --allow_partial"
        )
    return common


def _point(target: str, mode: str, scores: Sequence[Score], metrics: Mapping[str, bool]) -> Point:
    values = {metric: np.array([score.values[metric] for score in scores]) for metric in metrics}
    rates = [score.rate for score in scores if score.rate]
    return Point(target, mode, np.array([rate.bpp for rate in rates]), values, any(rate.stated for rate in rates))


def pareto(rates: np.ndarray, scores: np.ndarray, higher: bool) -> np.ndarray:
    """(points,) whether no other point is as cheap and as good, and better in one of the two."""
    return pareto_front(np.column_stack([rates, -scores if higher else scores]))


@dataclass(frozen=True)
class Advantage:
    """How much better one curve is than another at equal rate, in the metric's unit (positive: better): over the
    images, with `bounds` that hold 95 % of the resamples, and the share of resamples in which it is better."""

    difference: float
    bounds: tuple[float, float]
    share: float


def advantage(first: Curve, second: Curve, metric: str, higher: bool, counts: np.ndarray) -> Advantage:
    """`first` against `second` at equal rate, paired: every resample (rows of `counts`, as `draw_counts` makes them)
    takes the same images of both. Curves are straight in log bpp between their points.

    Raises CMCError where no rate is covered by both.
    """
    sign = 1 if higher else -1
    once = np.ones_like(counts[:1])
    over_all = sign * _gaps(_means(first, metric, once), _means(second, metric, once))
    if np.isnan(over_all[0]):
        raise CMCError("no rate is covered by both")
    gaps = sign * _gaps(_means(first, metric, counts), _means(second, metric, counts))
    gaps = gaps[np.isfinite(gaps)]
    return Advantage(float(over_all[0]), interval(gaps), float(np.mean(gaps > 0)))


def _means(curve: Curve, metric: str, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(resamples, points) log mean rates and mean scores."""
    rates = resampled_means(counts, np.column_stack([point.bpp for point in curve.points]))
    return np.log(rates), resampled_means(counts, np.column_stack([point.values[metric] for point in curve.points]))


def _gaps(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(resamples,) mean vertical distance over the rates that both cover; NaN where there is none.

    first, second: (resamples, points) log rates and scores of either curve.
    """
    resamples = zip(first[0], first[1], second[0], second[1], strict=True)
    return np.array([_gap(x1, y1, x2, y2) for x1, y1, x2, y2 in resamples])


def _gap(x1: np.ndarray, y1: np.ndarray, x2: np.ndarray, y2: np.ndarray) -> float:
    """Mean of y1 - y2 over the x that both cover; NaN where there is none."""
    low, high = max(x1.min(), x2.min()), min(x1.max(), x2.max())
    if low > high:
        return math.nan
    x = np.linspace(low, high, GRID)
    return float(np.mean(_interpolate(x, x1, y1) - _interpolate(x, x2, y2)))


def _interpolate(x: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    order = np.argsort(knots)
    return np.interp(x, knots[order], values[order])
