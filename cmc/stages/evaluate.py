"""The scoring loop: ground truths and the pictures made of them in, scores out."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from cmc.core.bits import Rate
from cmc.core.errors import CMCError, ImageError
from cmc.core.images import load_rgb, nearly_black
from cmc.core.origin import DIGITS
from cmc.core.prefetch import prefetched
from cmc.metrics.base import Metric
from cmc.metrics.checked import scores_or_faults
from cmc.stages.evaluate_tasks import BLACK, SCORED, UNSCORED, UNUSABLE, Candidate, Task
from cmc.stages.score_cache import ScoreCache, score_key

# Ground truths, with all pictures made of them, that wait decoded for their turn.
DEPTH = 3


@dataclass(frozen=True)
class Score:
    """One picture's scores by metric; `name` is its ground truth's file name. `status` is "ok", or says why
    there are no `values`; `rate`: what it cost, None where no stream was kept; digests of the files that were
    scored, "" where none were or score files of before do not say."""

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


@dataclass
class _Picture:
    """A picture read once: digests of ground truth and picture, its key in the cache by metric, the values known so
    far, pixels if one is to come or it is all black; `fault`: why a metric has no score of it."""

    digests: tuple[str, str]
    keys: dict[str, str]
    values: dict[str, float]
    pixels: np.ndarray | None
    black: bool = False
    fault: str = ""

    @property
    def outcome(self) -> tuple[dict[str, float], str]:
        """(values, status): all values or none."""
        return ({}, f"{UNSCORED}: {self.fault}") if self.fault else (self.values, SCORED)


def evaluate(
    tasks: Sequence[Task], metrics: Mapping[str, Metric], cache: ScoreCache, workers: int = 2
) -> Iterator[Score]:
    """The score of every candidate, in order; those that `cache` holds for the very same bytes are taken from it.

    Files are read and decoded in threads ahead of the metrics, once each. New scores are in the cache before
    they are yielded. A picture that a metric fails at, or of which it says anything but a number within its range, has
    no values and the reason in its status.
    """
    load = partial(_load_task, metrics=metrics, cache=cache)
    for task, (gt, loaded) in prefetched(load, tasks, workers, DEPTH):
        cache.put(_score_missing(metrics, gt, [item for item in loaded if isinstance(item, _Picture)]))
        for candidate, picture in zip(task.candidates, loaded, strict=True):
            score = Score(task.gt.name, candidate.target, candidate.mode, {})
            if isinstance(picture, _Picture):
                (values, status), (gt_digest, picture_digest) = picture.outcome, picture.digests
                yield replace(score, values=values, status=status, gt_digest=gt_digest, picture_digest=picture_digest)
            else:
                yield replace(score, status=picture)


def _score_missing(
    metrics: Mapping[str, Metric], gt: np.ndarray | None, pictures: Sequence[_Picture]
) -> dict[str, float]:
    """Compute the values that are not known yet, in place; returns them by cache key."""
    computed = {}
    for name, metric in metrics.items():
        unscored = [picture for picture in pictures if name not in picture.values and not picture.fault]
        pixels = [picture.pixels for picture in unscored if picture.pixels is not None]
        scores = scores_or_faults(name, metric, pixels, gt) if pixels else []
        for picture, score in zip(unscored, scores, strict=True):
            if isinstance(score, CMCError):
                picture.fault = str(score)
            else:
                picture.values[name] = computed[picture.keys[name]] = score
    return computed


def _load_task(
    task: Task, metrics: Mapping[str, Metric], cache: ScoreCache
) -> tuple[np.ndarray | None, list[_Picture | str]]:
    """(pixels of the ground truth if a score needs them, each candidate or the status that it has instead)."""
    content = task.gt.read_bytes()
    known = _KnownScores(metrics, cache, hashlib.sha256(content).hexdigest())
    loaded = [_load_picture(candidate, known) for candidate in task.candidates]
    if not any(isinstance(item, _Picture) and item.pixels is not None for item in loaded):
        return None, loaded
    try:
        gt = np.asarray(load_rgb(task.gt, content))
    except ImageError as error:
        return None, [f"{UNUSABLE}: {error}" if isinstance(item, _Picture) else item for item in loaded]
    dark = nearly_black(gt)
    return gt, [BLACK if isinstance(item, _Picture) and item.black and not dark else item for item in loaded]


@dataclass(frozen=True)
class _KnownScores:
    """The scores that a cache holds of the pictures made of one ground truth."""

    metrics: Mapping[str, Metric]
    cache: ScoreCache
    gt_sha256: str

    def keys(self, sha256: str, black: bool) -> dict[str, str]:
        """By metric: what a picture's score is filed under. Whether a black picture has a score at all depends on
        its ground truth, for NR too."""
        return {
            name: score_key(metric.identity, sha256, self.gt_sha256 if metric.full_reference or black else None)
            for name, metric in self.metrics.items()
        }

    def values(self, keys: Mapping[str, str]) -> dict[str, float]:
        """By metric: the scores that are there."""
        cached = {name: self.cache.get(key) for name, key in keys.items()}
        return {name: score for name, score in cached.items() if score is not None}


def _load_picture(candidate: Candidate, known: _KnownScores) -> _Picture | str:
    if candidate.path is None:
        return candidate.status
    # Hashed and decoded from one read, so that a file replaced meanwhile is never filed under another's hash.
    content = candidate.path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    digests = (known.gt_sha256[:DIGITS], sha256[:DIGITS])
    keys = known.keys(sha256, black=False)
    values = known.values(keys)
    if len(values) == len(keys):
        return _Picture(digests, keys, values, None)
    try:
        pixels = np.asarray(load_rgb(candidate.path, content))
    except ImageError as error:
        return f"{UNUSABLE}: {error}"
    black = not pixels.any()
    if black:
        keys = known.keys(sha256, black=True)
        values = known.values(keys)
    return _Picture(digests, keys, values, pixels, black)
