"""The decoding loop: captions and references in, pictures at the ground truth's size out."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from PIL import Image

from cmc.core.faults import faults_told
from cmc.core.images import RESAMPLING, save_png
from cmc.core.run_file import Document
from cmc.stages.engine.base import Crew, Failure, Worker, Write
from cmc.stages.job_requests import Requests, load_requests
from cmc.stages.jobs import Batch, Job
from cmc.stages.safe_render import Outcome, SafeRenderer
from cmc.t2i.base import Decoder, Picture, Sampling


@dataclass(frozen=True)
class BatchOrder:
    """A batch to generate into `folder`, but for the pictures that are `done`, which are there; `shrink` halves batches
    that do not fit into memory; png_level: as of `save_png`."""

    batch: Batch
    sampling: Sampling
    folder: Path
    done: frozenset[str]
    shrink: bool
    png_level: int | None = None

    @property
    def unfinished(self) -> list[str]:
        """The keys of the pictures to come."""
        return [job.key for job in self.batch.jobs if job.key not in self.done]


@dataclass(frozen=True)
class DecoderAbout:
    """What was loaded, and at which sizes the decoder generates, as of `Decoder`."""

    loaded: Document
    multiple: int
    max_side: int | None


Answer = TypeVar("Answer")
Decoders: TypeAlias = Crew[DecoderAbout, BatchOrder, list[Outcome]]


class DecodingWorker(Worker[DecoderAbout, BatchOrder, Requests, list[Outcome]]):
    """Generates batches, and writes their pictures. A batch is generated whole even if only one picture is missing, so
    that the pixels are those of an uninterrupted run. `name`: the decoder's."""

    def __init__(self, decoder: Decoder, name: str) -> None:
        self._decoder, self._name = decoder, name
        self._renderer: tuple[tuple[Sampling, bool], SafeRenderer] | None = None

    def about(self) -> DecoderAbout:
        decoder = self._decoder
        return DecoderAbout(dict(decoder.describe()), decoder.multiple, decoder.max_side)

    def read(self, item: BatchOrder) -> Requests:
        return load_requests(item.batch)

    def work(self, item: BatchOrder, loaded: Requests, write: Write) -> list[Outcome]:
        requests, unreadable = loaded
        jobs = {job.key: job for job in item.batch.jobs}
        outcomes = []
        for request, picture, outcome in self._renderer_of(item).render(requests):
            if request.name not in item.done:
                if picture is not None:
                    path = picture_path(item.folder, request.name)
                    write(partial(_save_picture, path, picture, jobs[request.name], item.png_level))
                outcomes.append(outcome)
        return [*outcomes, *(outcome for outcome in unreadable if outcome.key not in item.done)]

    def _renderer_of(self, item: BatchOrder) -> SafeRenderer:
        """The one of before, which knows what fits into memory, while the settings are the same."""
        settings = (item.sampling, item.shrink)
        if self._renderer is None or self._renderer[0] != settings:
            self._renderer = settings, SafeRenderer(self._decoder, self._name, *settings)
        return self._renderer[1]

    def answer(self, question: Callable[[Decoder, str], Answer]) -> Answer:
        """What a function of the decoder and its name says, as `captions_cut`."""
        return question(self._decoder, self._name)


def captions_cut(captions: Sequence[Sequence[str]], decoder: Decoder, name: str) -> int:
    """How many captions, of one text or several, have one that is longer than the text encoder reads."""
    with faults_told("the decoder's tokens_over"):
        return sum(any(decoder.tokens_over(text) > 0 for text in texts) for texts in captions)


def decode(
    batches: Sequence[Batch],
    crew: Decoders,
    sampling: Sampling,
    folder: Path,
    *,
    done: Set[str] = frozenset(),
    shrink: bool,
    png_level: int | None = None,
) -> Iterator[Outcome]:
    """Generate, as `<key>.png` in `folder`, the pictures whose keys are not `done`, and yield each outcome as it comes.

    Raises CMCError for a sampling that the decoder cannot run, OSError when a picture cannot be written.
    """
    orders = [BatchOrder(batch, sampling, folder, _done_in(batch, done), shrink, png_level) for batch in batches]
    unfinished = [order for order in orders if order.unfinished]
    for place, result in crew.map(unfinished):
        if isinstance(result, Failure):
            yield from (Outcome(key, result.reason) for key in unfinished[place].unfinished)
        else:
            yield from result


def _done_in(batch: Batch, done: Set[str]) -> frozenset[str]:
    return frozenset(job.key for job in batch.jobs if job.key in done)


def picture_path(folder: Path, key: str) -> Path:
    """Where a mode's folder has the picture of an image."""
    return folder / f"{key}.png"


def _save_picture(path: Path, picture: Picture, job: Job, png_level: int | None) -> None:
    image = Image.fromarray(np.round(np.clip(picture.pixels, 0, 1) * 255).astype(np.uint8))
    image = image if image.size == job.size else image.resize(job.size, RESAMPLING)
    save_png(path, image, job.origin, png_level)
