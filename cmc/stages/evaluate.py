"""The scoring loop: ground truths and the pictures made of them in, scores out."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.bits import Rate
from cmc.core.origin import DIGITS
from cmc.core.prefetch import prefetched
from cmc.stages.engine.base import Failure
from cmc.stages.evaluate_tasks import SCORED, UNSCORED, Candidate, Task
from cmc.stages.score_cache import ScoreCache, score_key
from cmc.stages.scoring_worker import MetricAbout, PictureScores, ScoreOrder, Scorers, Unscored


@dataclass(frozen=True)
class Score:
    """One picture's scores by metric; `name` is its ground truth's file name. `status` is "ok", or says why
    there are no `values`; of a picture that is "ok" they lack metrics that leave it out. `rate`: what it cost, None
    where no stream was kept; digests of the files that were scored, "" where none were or score files of before do
    not say.
    """

    name: str
    target: str
    mode: str
    values: Mapping[str, float]
    status: str = SCORED
    rate: Rate | None = None
    gt_digest: str = ""
    picture_digest: str = ""


def largest_differences(scores: Sequence[Score], exact: Sequence[Score]) -> dict[str, float]:
    """By metric: how far the scores of the same pictures by two settings are apart at most."""
    differences: dict[str, float] = {}
    for score, reference in zip(scores, exact, strict=True):
        for name, value in score.values.items():
            if name in reference.values:
                differences[name] = max(differences.get(name, 0.0), abs(value - reference.values[name]))
    return differences


@dataclass(frozen=True)
class _LookedUp:
    """A ground truth's pictures, hashed, and what the cache holds of each: all its scores, or an order for the rest."""

    gt_sha256: str
    known: Mapping[Candidate, PictureScores]
    order: ScoreOrder
    unscored: tuple[Candidate, ...]


@dataclass(frozen=True)
class _Keys:
    """What scores are filed under, and which of them are there."""

    metrics: Mapping[str, MetricAbout]
    cache: ScoreCache

    def of(self, sha256: str, gt_sha256: str, black: bool, caption: str | None) -> dict[str, str]:
        """By metric. Whether a black picture has a score at all depends on its ground truth, for NR too."""
        return {
            name: score_key(
                metric.identity,
                sha256,
                gt_sha256 if metric.full_reference or black else None,
                caption if metric.reads_caption else None,
            )
            for name, metric in self.metrics.items()
        }

    def known(self, sha256: str, gt_sha256: str, black: bool, caption: str | None) -> dict[str, float]:
        """By metric: the scores that are there."""
        cached = {name: self.cache.get(key) for name, key in self.of(sha256, gt_sha256, black, caption).items()}
        return {name: score for name, score in cached.items() if score is not None}

    def put(self, scores: Mapping[Candidate, PictureScores]) -> None:
        """File what was computed."""
        computed = {}
        for candidate, picture in scores.items():
            keys = self.of(picture.sha256, picture.gt_sha256, picture.black, candidate.caption)
            computed.update({keys[name]: value for name, value in picture.computed.items()})
        self.cache.put(computed)

    def look_up(self, task: Task) -> _LookedUp:
        """Hash a task's files, and see what is known of them."""
        gt_sha256 = _sha256(task.gt)
        known: dict[Candidate, PictureScores] = {}
        unscored: dict[Candidate, Unscored] = {}
        for candidate in task.candidates:
            if candidate.path is not None:
                sha256 = _sha256(candidate.path)
                bright, black = (self.known(sha256, gt_sha256, black, candidate.caption) for black in (False, True))
                complete = next((values for values in (bright, black) if len(values) == len(self.metrics)), None)
                if complete is None:
                    unscored[candidate] = Unscored(candidate.path, sha256, bright, black, candidate.caption)
                else:
                    known[candidate] = PictureScores(sha256, gt_sha256, values=complete)
        order = ScoreOrder(task.gt, gt_sha256, tuple(unscored.values()))
        return _LookedUp(gt_sha256, known, order, tuple(unscored))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def evaluate(
    tasks: Sequence[Task], crew: Scorers, cache: ScoreCache, scored: Counter[str] | None = None, workers: int = 2
) -> Iterator[Score]:
    """The score of every candidate, in order; those that `cache` holds for the very same bytes are taken from it.

    Files are hashed in threads ahead. New scores are in the cache before they are yielded; `scored` counts the pictures
    that have some, by target. A picture that a metric fails at, or of which it says anything but a number within its
    range, has no values and the reason in its status; one that a metric leaves out has those of the others.
    """
    keys = _Keys(crew.about, cache)
    looked_up: list[_LookedUp] = []

    def orders() -> Iterator[ScoreOrder]:
        for _, found in prefetched(keys.look_up, tasks, workers, depth=2 * workers):
            looked_up.append(found)
            yield found.order

    finished: dict[int, list[Score]] = {}
    following = 0
    for place, outcome in crew.map(orders()):
        computed = _computed(outcome, looked_up[place])
        keys.put(computed)
        _count(scored, computed)
        finished[place] = _scores(tasks[place], {**looked_up[place].known, **computed}, list(crew.about))
        while following in finished:
            yield from finished.pop(following)
            following += 1


def _computed(outcome: Sequence[PictureScores] | Failure, looked_up: _LookedUp) -> dict[Candidate, PictureScores]:
    if isinstance(outcome, Failure):
        status, sha256 = f"{UNSCORED}: {outcome.reason}", looked_up.gt_sha256
        pictures = zip(looked_up.unscored, looked_up.order.pictures, strict=True)
        return {candidate: PictureScores(picture.sha256, sha256, status=status) for candidate, picture in pictures}
    return dict(zip(looked_up.unscored, outcome, strict=True))


def _count(scored: Counter[str] | None, computed: Mapping[Candidate, PictureScores]) -> None:
    if scored is not None:
        scored.update(candidate.target for candidate, picture in computed.items() if picture.computed)


def _scores(task: Task, pictures: Mapping[Candidate, PictureScores], metrics: Sequence[str]) -> list[Score]:
    """In the order of the task's candidates, values in the order of the metrics."""
    scores = []
    for candidate in task.candidates:
        picture = pictures.get(candidate, PictureScores(status=candidate.status))
        values = {name: picture.values[name] for name in metrics if not math.isnan(picture.values.get(name, math.nan))}
        digests = picture.gt_sha256[:DIGITS], picture.sha256[:DIGITS]
        scores.append(Score(task.gt.name, candidate.target, candidate.mode, values, picture.status, None, *digests))
    return scores
