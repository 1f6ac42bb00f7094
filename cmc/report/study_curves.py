"""Figure 6 of a study: codecs at their QPs and decoders with their modes over measured rates."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cmc.compare.curves import Curve, Curves, Point, make_curves
from cmc.core.errors import CMCError
from cmc.core.workspace import ALL
from cmc.scores.score_file import ScoreFile
from cmc.stages.evaluate import Score
from cmc.studies.labels import labels
from cmc.studies.measurements import Measurement, measurements
from cmc.studies.paper_metrics import PAPER_METRICS
from cmc.studies.results import StudyResults
from cmc.studies.views import VIEWS

TITLES = {metric.column: metric.label for metric in PAPER_METRICS}


def study_curves(results: StudyResults) -> Curves:
    """A curve a codec and a setting, seeds averaged, over the images that all have.

    Metrics of whole folders are on it where they are over exactly these. Raises CMCError where under two points have a
    measured rate.
    """
    found = measurements(results)
    decoded = [measurement.setting for measurement in found if not measurement.of_codec]
    names = labels(list({setting.name: setting for setting in decoded}.values()))
    names |= {measurement.setting.name: measurement.setting.codec for measurement in found if measurement.of_codec}
    rated = any(score.rate for measurement in found for score in measurement.scores.values())
    curves = make_curves(_files(results, found), names, ALL, partial=True) if rated else None
    if curves is None or sum(len(curve.points) for curve in curves.curves.values()) < 2:
        raise CMCError(f"it needs {VIEWS['curves'].needs}")
    return _in_order(_with_sets(curves, found))


def _files(results: StudyResults, found: Sequence[Measurement]) -> list[ScoreFile]:
    """A score file a setting, with all its modes."""
    lower = {column for file in results.files.values() for column in file.lower_is_better}
    scores: dict[str, list[Score]] = {}
    for measurement in found:
        name = measurement.setting.name
        scores.setdefault(name, []).extend(replace(score, target=name) for score in measurement.scores.values())
    return [ScoreFile(name, own, {"lower_is_better": " ".join(sorted(lower))}) for name, own in scores.items()]


def _with_sets(curves: Curves, found: Sequence[Measurement]) -> Curves:
    """With the metrics of whole folders that every point has, over exactly the curves' images."""
    sets = {(one.setting.name, one.mode): one.sets if len(one.scores) == curves.images else {} for one in found}
    points = [point for curve in curves.curves.values() for point in curve.points]
    added = [
        metric for metric in PAPER_METRICS if all(metric.column in sets[point.target, point.mode] for point in points)
    ]

    def extended(point: Point) -> Point:
        # A curve's value is a mean over images: of as many times the same number, that number.
        own = {m.column: np.full(curves.images, sets[point.target, point.mode][m.column]) for m in added}
        return replace(point, values={**point.values, **own})

    extended_curves = {
        name: Curve(name, [extended(point) for point in curve.points]) for name, curve in curves.curves.items()
    }
    return replace(
        curves, curves=extended_curves, metrics={**curves.metrics, **{metric.column: metric.higher for metric in added}}
    )


def _in_order(curves: Curves) -> Curves:
    """The paper's metrics in its order, then further ones."""
    order = [metric.column for metric in PAPER_METRICS if metric.column in curves.metrics]
    order += [column for column in curves.metrics if column not in order]
    return replace(curves, metrics={column: curves.metrics[column] for column in order})


def metrics_left_out(results: StudyResults, curves: Curves) -> list[str]:
    """Columns of some results that are on no curve, for a point lacks them."""
    scored = {column for file in results.files.values() for score in file.scores for column in score.values}
    of_sets = {column for modes in results.sets.values() for sets in modes.values() for column in sets.values}
    return sorted((scored | of_sets) - curves.metrics.keys())


def images_of(results: StudyResults) -> int:
    """How many images have a score somewhere."""
    return len({name for measurement in measurements(results) for name in measurement.scores})
