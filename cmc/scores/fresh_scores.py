"""Score files held against the pictures that lie there now, and those against what they were made from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.origin import UNKNOWN
from cmc.core.workspace import key_of, list_images
from cmc.scores.score_file import ScoreFile
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import LEAVE_OUT, SCORED, STALE, refuse_stale
from cmc.stages.staleness import Staleness


def fresh_scores(
    files: Sequence[ScoreFile], staleness: Staleness, partial: bool, remedy: str = LEAVE_OUT
) -> list[ScoreFile]:
    """The score files, each without the scores of pictures that are stale, or were changed after they were scored.

    What is not there any more (pictures, ground truth, captions, references) is not looked at: results are sent
    around without. Raises CMCError that names the stale ones, and the `remedy`, unless `partial`.
    """
    gts = _images(staleness.space.gt)
    checked = [replace(file, scores=list(_checked(file, staleness, gts))) for file in files]
    if not partial:
        refuse_stale({f"{s.target}/{s.mode}/{s.name}": s.status for file in checked for s in file.scores}, remedy)
    return checked


def result_files(targets: Sequence[Path]) -> Iterator[Path]:
    """The pictures of targets' folders, whose digests `fresh_scores` will ask for."""
    for target in targets:
        for folder in sorted(path for path in target.iterdir() if path.is_dir()):
            yield from _images(folder).values()


def _checked(file: ScoreFile, staleness: Staleness, gts: Mapping[str, Path]) -> Iterator[Score]:
    pictures = {mode: _images(staleness.results / file.target / mode) for mode in file.modes}
    for score in file.scores:
        key = key_of(score.name)
        picture = pictures[score.mode].get(key)
        fault = _fault(score, picture, gts.get(key), staleness) if picture else ""
        yield replace(score, values={}, rate=None, status=f"{STALE}: made from {fault}") if fault else score


def _fault(score: Score, picture: Path, gt: Path | None, staleness: Staleness) -> str:
    """Why a score is not that of the picture there; "" where it is, and where nothing says so."""
    if score.status != SCORED:
        return ""
    digests = staleness.digests
    if score.picture_digest and score.picture_digest != digests.of_file(picture):
        return "a picture of before"
    if gt is None:
        return ""
    if score.gt_digest and score.gt_digest != digests.of_file(gt):
        return "another ground truth"
    fault = staleness.open(score.target, score.mode).fault(key_of(score.name), picture, gt)
    return "" if fault == UNKNOWN else fault


def _images(folder: Path) -> Mapping[str, Path]:
    try:
        return list_images(folder)
    except CMCError:
        return {}
