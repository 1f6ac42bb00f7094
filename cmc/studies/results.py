"""A study with what was measured of it: the scores of its results, and which of them are not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cmc.core.errors import some
from cmc.core.workspace import Workspace
from cmc.scores.fresh_scores import fresh_scores
from cmc.scores.score_file import ScoreFile, check_alike, notes, read_scores
from cmc.scores.set_scores import SetScores, read_set_scores
from cmc.stages.evaluate_tasks import STALE
from cmc.stages.staleness import Staleness
from cmc.studies.setting import Study

# Settings of score files by which the same picture's scores are the same.
NO_DIFFERENCE = ("metrics", "lower_is_better", "limit")


@dataclass(frozen=True)
class StudyResults:
    """`files`: scores by target; `sets`: what metrics of whole folders say by target and mode; `missing`: why a target
    has no scores; `remarks`: what a reader of any figure must know; `folder`: of the targets."""

    study: Study
    space: Workspace
    folder: Path
    files: Mapping[str, ScoreFile]
    sets: Mapping[str, Mapping[str, SetScores]]
    missing: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()


def load_results(study: Study, staleness: Staleness, partial: bool) -> StudyResults:
    """The scores of a study's results, whatever else lies beside them.

    Targets that are not scored are told in `missing`. `partial` leaves stale scores out, and tells of them in
    `remarks`. Raises CMCError for stale ones otherwise, for damaged score files, and for results that were scored in
    different ways.
    """
    folders = {target: staleness.results / target for target in study.targets}
    scored = {target: folder for target, folder in folders.items() if (folder / "scores.csv").is_file()}
    read = [read_scores(folder / "scores.csv") for folder in scored.values()]
    files = dict(zip(scored, fresh_scores(read, staleness, partial), strict=True))
    check_alike(list(files.values()), but=NO_DIFFERENCE)
    sets = {target: read_set_scores(folder / "summary.csv") for target, folder in scored.items()}
    missing = {target: _why(folder) for target, folder in folders.items() if target not in scored}
    return StudyResults(study, staleness.space, staleness.results, files, sets, missing, _remarks(files, missing))


def study_folders(study: Study, results: Path) -> list[Path]:
    """The folders of its targets that are there."""
    return [results / target for target in study.targets if (results / target).is_dir()]


def _why(folder: Path) -> str:
    return "not scored" if folder.is_dir() else "not there"


def _remarks(files: Mapping[str, ScoreFile], missing: Mapping[str, str]) -> list[str]:
    remarks = []
    if missing:
        listed = some(f"{target} ({why})" for target, why in missing.items())
        remarks.append(f"{len(missing)} of {len(missing) + len(files)} results are left out: {listed}")
    stale = [
        f"{score.target}/{score.mode}/{score.name}"
        for file in files.values()
        for score in file.scores
        if score.status.startswith(STALE)
    ]
    if stale:
        remarks.append(f"{len(stale)} picture(s) are stale and left out: {some(stale)}")
    said = sorted({note for file in files.values() for note in notes(file.settings)})
    return remarks + [f"weights say: {note}" for note in said]
