"""Whether a target's score file still says all there is to say, so that nothing of it need be scored again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.workspace import ALL
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import ScoreFile, read_scores
from cmc.scores.set_scores import read_set_scores
from cmc.scores.summary import Cell, summarise
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED, Candidate, Task


@dataclass(frozen=True)
class Unchanged:
    """Scores by target that stand as they are, and the tasks of all others."""

    files: Mapping[str, ScoreFile]
    tasks: Sequence[Task]


def split_unchanged(
    tasks: Sequence[Task], targets: Sequence[str], root: Path, settings: Mapping[str, str], digests: FileDigests
) -> Unchanged:
    """Which of `targets` were scored whole, with these settings, over these very files.

    A target of which a picture failed, is new, is another now, or has no measured rate yet is scored again, whole:
    scores themselves are cached.
    """
    files = {}
    for target in targets:
        file = _read(root / target / "scores.csv")
        if file is not None and dict(file.settings) == dict(settings) and _is_whole(file, tasks, digests):
            files[target] = file
    rest = [replace(task, candidates=_others(task, files)) for task in tasks]
    return Unchanged(files, [task for task in rest if task.candidates])


def recorded_cells(file: ScoreFile, folder: Path) -> list[Cell]:
    """A target's means with their intervals, and what metrics of whole folders said, from its files."""
    sets = read_set_scores(folder / "summary.csv")
    cells = with_intervals(summarise(file.scores), file.scores)
    return [
        replace(cell, sets=sets[cell.mode].values) if cell.content == ALL and cell.mode in sets else cell
        for cell in cells
    ]


def _read(path: Path) -> ScoreFile | None:
    try:
        return read_scores(path) if path.with_name("summary.csv").is_file() else None
    except CMCError:  # it is written anew
        return None


def _others(task: Task, files: Mapping[str, ScoreFile]) -> tuple[Candidate, ...]:
    return tuple(candidate for candidate in task.candidates if candidate.target not in files)


def _is_whole(file: ScoreFile, tasks: Sequence[Task], digests: FileDigests) -> bool:
    scores = {(score.name, score.mode): score for score in file.scores}
    candidates = [(task.gt, c) for task in tasks for c in task.candidates if c.target == file.target]
    return len(scores) == len(candidates) and all(
        _is_of(scores.get((gt.name, candidate.mode)), candidate, gt, digests) for gt, candidate in candidates
    )


def _is_of(score: Score | None, candidate: Candidate, gt: Path, digests: FileDigests) -> bool:
    """Whether a score is that of the files there."""
    if score is None or candidate.path is None or score.status != SCORED or score.rate is None:
        return False
    return score.gt_digest == digests.of_file(gt) and score.picture_digest == digests.of_file(candidate.path)
