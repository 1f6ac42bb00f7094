"""Metrics' scores of rated pictures, out of the results' score files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cmc.core.errors import CMCError, some
from cmc.core.workspace import key_of
from cmc.raters.picture_names import PictureName
from cmc.scores.fresh_scores import fresh_scores
from cmc.scores.score_file import ScoreFile, check_alike, read_scores
from cmc.stages.evaluate import Score
from cmc.stages.staleness import Staleness

FILE = "scores.csv"


@dataclass(frozen=True)
class MetricScores:
    """values: by metric, (pictures,) scores of all of `pictures`, turned so that more is better; unscored: why others
    have none, or not of every metric, by name."""

    pictures: tuple[str, ...]
    values: Mapping[str, np.ndarray]
    unscored: Mapping[str, str]


def scored_targets(results: Path, pictures: Mapping[str, PictureName]) -> list[Path]:
    """The folders of rated targets that have a score file."""
    folders = [results / target for target in sorted({picture.target for picture in pictures.values()})]
    return [folder for folder in folders if (folder / FILE).is_file()]


def metric_scores(
    targets: Sequence[Path], pictures: Mapping[str, PictureName], staleness: Staleness, partial: bool
) -> MetricScores:
    """The scores of rated pictures, paired by name.

    Raises CMCError for targets that were scored with different settings, and, naming them, for pictures without a score
    of every metric that any picture has, unless `partial`; always where none is left.
    """
    files = [read_scores(target / FILE) for target in targets]
    check_alike(files)
    files = fresh_scores(files, staleness, partial)
    by_picture = {(score.target, score.mode, key_of(score.name)): score for file in files for score in file.scores}
    found = {name: by_picture.get((parts.target, parts.mode, parts.key)) for name, parts in pictures.items()}
    metrics = list(dict.fromkeys(metric for score in found.values() if score for metric in score.values))
    reasons = {name: _gap(score, metrics) for name, score in found.items()}
    unscored = {name: why for name, why in reasons.items() if why}
    _check_gap(unscored, len(found), partial)
    values = {name: score.values for name, score in found.items() if score and name not in unscored}
    signs = _signs(files, metrics)
    columns = {metric: signs[metric] * np.array([row[metric] for row in values.values()]) for metric in metrics}
    return MetricScores(tuple(values), columns, unscored)


def _gap(score: Score | None, metrics: Sequence[str]) -> str:
    if score is None:
        return f"in no {FILE}"
    absent = [metric for metric in metrics if metric not in score.values]
    return (f"no {', '.join(absent)}" if score.values else score.status) if absent or not score.values else ""


def _check_gap(unscored: Mapping[str, str], total: int, partial: bool) -> None:
    if unscored and (not partial or len(unscored) == total):
        listed = some(f"{name} ({why})" for name, why in unscored.items())
        remedy = "score them by cmc evaluate" + ("" if partial else ", or go on without with --allow_partial")
        raise CMCError(f"{len(unscored)} of {total} rated pictures lack scores: {listed}; {remedy}")


def _signs(files: Sequence[ScoreFile], metrics: Sequence[str]) -> dict[str, int]:
    lower = {metric for file in files for metric in file.lower_is_better}
    return {metric: -1 if metric in lower else 1 for metric in metrics}
