"""A worker's side of scoring: files read and decoded, metrics computed; which scores are known already it is told."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cmc.core.allocator import keep_buffers
from cmc.core.errors import CMCError, ImageError
from cmc.core.facts import MetricFacts
from cmc.core.images import load_rgb, nearly_black
from cmc.metrics.base import Metric
from cmc.metrics.checked import LEFT_OUT, scores_or_faults
from cmc.metrics.selection import build_metrics
from cmc.registry import Entry
from cmc.stages.engine.base import Crew, Loader, Worker, Write
from cmc.stages.evaluate_tasks import BLACK, SCORED, UNSCORED, UNUSABLE

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class MetricAbout:
    """What the driver must know of a loaded metric; all as of `Metric`."""

    full_reference: bool
    identity: Mapping[str, Any]
    note: str
    reads_caption: bool = False

    @classmethod
    def of(cls, metric: Metric) -> "MetricAbout":
        """What a metric says of itself."""
        note, reads_caption = (getattr(metric, name, getattr(Metric, name)) for name in ("note", "reads_caption"))
        return cls(metric.full_reference, dict(metric.identity), note, reads_caption)


@dataclass(frozen=True)
class Unscored:
    """A picture that lacks a score, the SHA-256 that it had, and the scores that those bytes are known to have: any
    picture's, and an all black one's; caption: as of `Candidate`."""

    path: Path
    sha256: str
    known: Mapping[str, float]
    known_if_black: Mapping[str, float]
    caption: str | None = None


@dataclass(frozen=True)
class ScoreOrder:
    """A ground truth and the pictures made of it that lack a score."""

    gt: Path
    gt_sha256: str
    pictures: tuple[Unscored, ...]


@dataclass(frozen=True)
class PictureScores:
    """A picture's scores by metric, all or none (NaN by one that leaves it out), what was computed now, and the
    SHA-256 of the files scored, "" where none were; `status` says why there are no scores."""

    sha256: str = ""
    gt_sha256: str = ""
    status: str = SCORED
    values: Mapping[str, float] = field(default_factory=dict)
    computed: Mapping[str, float] = field(default_factory=dict)
    black: bool = False


@dataclass
class _Picture:
    """A picture read once: the values known so far and those computed, pixels, whether all of them are black, its
    caption; `fault`: why a metric has no score of it."""

    sha256: str
    pixels: np.ndarray
    black: bool
    known: Mapping[str, float]
    caption: str | None
    computed: dict[str, float] = field(default_factory=dict)
    fault: str = ""

    def scores(self, gt_sha256: str) -> PictureScores:
        """All values or none; what was computed before a fault is kept."""
        status = f"{UNSCORED}: {self.fault}" if self.fault else SCORED
        values = {} if self.fault else {**self.known, **self.computed}
        return PictureScores(self.sha256, gt_sha256, status, values, self.computed, self.black)


@dataclass(frozen=True)
class LoadedTask:
    """The SHA-256 and the pixels of a ground truth, and its pictures, or the status of those that have no pixels."""

    gt_sha256: str
    gt: np.ndarray | None
    pictures: Sequence[_Picture | str]


Scorers: TypeAlias = Crew[Mapping[str, MetricAbout], ScoreOrder, Sequence[PictureScores]]


class ScoringWorker(Worker[Mapping[str, MetricAbout], ScoreOrder, LoadedTask, Sequence[PictureScores]]):
    """Scores pictures by metrics, by column. All pictures of one ground truth come together, so that what they share is
    computed once."""

    # Ground truths, with all pictures made of them, that wait decoded for their turn.
    ahead = 3

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics

    def about(self) -> Mapping[str, MetricAbout]:
        return {name: MetricAbout.of(metric) for name, metric in self._metrics.items()}

    def read(self, item: ScoreOrder) -> LoadedTask:
        if not item.pictures:
            return LoadedTask(item.gt_sha256, None, [])
        content = item.gt.read_bytes()
        gt_sha256 = hashlib.sha256(content).hexdigest()
        pictures = [_load(picture, gt_sha256 == item.gt_sha256) for picture in item.pictures]
        if all(isinstance(picture, str) for picture in pictures):
            return LoadedTask(gt_sha256, None, pictures)
        try:
            gt = np.asarray(load_rgb(item.gt, content))
        except ImageError as error:
            unusable = f"{UNUSABLE}: {error}"
            return LoadedTask(gt_sha256, None, [p if isinstance(p, str) else unusable for p in pictures])
        dark = nearly_black(gt)
        return LoadedTask(gt_sha256, gt, [BLACK if _is_black(p) and not dark else p for p in pictures])

    def work(self, item: ScoreOrder, loaded: LoadedTask, write: Write) -> Sequence[PictureScores]:
        self._score([picture for picture in loaded.pictures if isinstance(picture, _Picture)], loaded.gt)
        return [
            PictureScores(status=picture) if isinstance(picture, str) else picture.scores(loaded.gt_sha256)
            for picture in loaded.pictures
        ]

    def _score(self, pictures: Sequence[_Picture], gt: np.ndarray | None) -> None:
        """Compute the values that are not known yet, in place."""
        for name, metric in self._metrics.items():
            unscored = [picture for picture in pictures if name not in picture.known and not picture.fault]
            for picture, score in zip(unscored, _scores_of(name, metric, unscored, gt), strict=True):
                if isinstance(score, CMCError):
                    picture.fault = str(score)
                else:
                    picture.computed[name] = score


def _scores_of(
    name: str, metric: Metric, pictures: Sequence[_Picture], gt: np.ndarray | None
) -> Iterable[float | CMCError]:
    """As `scores_or_faults`; a metric that reads captions leaves out pictures without any."""
    reads_caption = MetricAbout.of(metric).reads_caption
    scored = [picture for picture in pictures if not reads_caption or picture.caption is not None]
    pixels, captions = [picture.pixels for picture in scored], [picture.caption or "" for picture in scored]
    scores = iter(scores_or_faults(name, metric, pixels, gt, captions) if scored else [])
    return [next(scores) if not reads_caption or picture.caption is not None else LEFT_OUT for picture in pictures]


def _load(picture: Unscored, same_gt: bool) -> _Picture | str:
    # Hashed and decoded from one read, so that a file replaced meanwhile is never filed under another's hash.
    content = picture.path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        pixels = np.asarray(load_rgb(picture.path, content))
    except ImageError as error:
        return f"{UNUSABLE}: {error}"
    black = not pixels.any()
    known = picture.known_if_black if black else picture.known
    return _Picture(sha256, pixels, black, known if same_gt and sha256 == picture.sha256 else {}, picture.caption)


def _is_black(picture: _Picture | str) -> bool:
    return isinstance(picture, _Picture) and picture.black


@dataclass(frozen=True)
class MetricsLoader(Loader[Mapping[str, MetricAbout], ScoreOrder, Sequence[PictureScores]]):
    """Metrics of single pictures, as `build_metrics` takes them; they are loaded side by side on one device."""

    entries: Sequence[Entry[MetricFacts]]
    weights: Path
    dtype: "torch.dtype"
    fr_order: str | None
    compiled: bool

    @property
    def gpus(self) -> float:
        return max((entry.facts.gpus for entry in self.entries if not entry.facts.of_sets), default=0.0)

    def load(self) -> ScoringWorker:
        device = self.device
        assert device is not None
        if device.type == "cpu":
            keep_buffers()
        return ScoringWorker(
            build_metrics(self.entries, self.weights, device, self.dtype, self.fr_order, self.compiled)
        )
