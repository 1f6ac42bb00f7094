"""The decoding loop: captions and references in, pictures at the ground truth's size out."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from PIL import Image

from cmc.codecs.grid_geometry import BENCHMARK, PixelGrid
from cmc.codecs.pixelgrid import grid_size, spread
from cmc.core.errors import CMCError, ImageError
from cmc.core.faults import faults_told
from cmc.core.images import RESAMPLING, load_rgb, render_size, save_png
from cmc.core.origin import Origin
from cmc.core.run_file import Document
from cmc.maps.map_file import read_maps
from cmc.stages.engine.base import Crew, Failure, Worker, Write
from cmc.stages.safe_render import Outcome, SafeRenderer
from cmc.t2i.base import Decoder, Guide, Picture, Request, Sampling


@dataclass(frozen=True)
class Job:
    """One picture to generate: GT `size` (width, height), prompt, the starting image's file or None, its own seed, what
    the picture will say that it was made from, and the geometry of the starting image where that is a pixel grid.

    details: of the items that a decoder which reads them is sent; maps: the file that says where they are.
    """

    key: str
    size: tuple[int, int]
    prompt: str
    reference: Path | None
    seed: int
    origin: Origin = field(default_factory=Origin)
    grid: PixelGrid = BENCHMARK
    details: tuple[str, ...] = ()
    maps: Path | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """All that its text encoder reads: each detail, and the prompt."""
        return (*self.details, self.prompt)


@dataclass(frozen=True)
class Batch:
    """Jobs generated together, all at `size` (width, height)."""

    size: tuple[int, int]
    jobs: tuple[Job, ...]


def plan_batches(jobs: Sequence[Job], max_side: int | None, multiple: int, batch_size: int) -> list[Batch]:
    """Batches over the full list, by size and then by name, so that a restart forms the same ones."""
    by_size: dict[tuple[int, int], list[Job]] = {}
    for job in sorted(jobs, key=lambda job: job.key):
        size = job.size if max_side is None else render_size(job.size, max_side, multiple)
        by_size.setdefault(size, []).append(job)
    return [
        Batch(size, tuple(jobs_of_size[start : start + batch_size]))
        for size, jobs_of_size in sorted(by_size.items())
        for start in range(0, len(jobs_of_size), batch_size)
    ]


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


# The requests of a batch with their references loaded, and outcomes of the jobs whose reference is unusable.
Requests: TypeAlias = tuple[list[Request], list[Outcome]]
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
        return _load_requests(item.batch)

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


def _load_requests(batch: Batch) -> Requests:
    requests, unreadable = [], []
    for job in batch.jobs:
        try:
            start = None if job.reference is None else start_image(job.reference, job.size, batch.size, job.grid)
            guides = load_guides(job.maps, job.details)
        except CMCError as error:
            unreadable.append(Outcome(job.key, str(error)))
            continue
        requests.append(Request(job.key, job.prompt, batch.size, start, job.seed, guides))
    return requests, unreadable


def load_guides(path: Path | None, details: Sequence[str]) -> tuple[Guide, ...]:
    """The items of a picture by their details, with their maps from a file. Raises CMCError where it has fewer."""
    if path is None:
        return ()
    maps = read_maps(path).maps
    if len(maps) < len(details):
        raise CMCError(f"{path}: expected maps of {len(details)} items, found {len(maps)}; run cmc maps again")
    return tuple(Guide(detail, where) for detail, where in zip(details, maps, strict=False))


def start_image(path: Path, size: tuple[int, int], target: tuple[int, int], grid: PixelGrid = BENCHMARK) -> Image.Image:
    """A reference at the decoder's `target` size: one pixel a block of a grid, or a picture shaped like GT's `size`.

    Raises ImageError for a picture of another shape, which would be denoised in the wrong places.
    """
    image = load_rgb(path)
    columns, rows = grid_size(size, grid)
    if image.size == (columns, rows) and image.size != size:
        image = spread(image, size, grid)
    misfit = abs(image.width * size[1] / image.height - size[0])
    # An encoder may round to even sides; more than that is another picture.
    if misfit > 2 and misfit > 0.01 * size[0]:
        actual, expected = (f"{width}x{height}" for width, height in (image.size, size))
        raise ImageError(
            f"{path} is {actual}, expected {expected} as in GT, or its {columns}x{rows} grid; make it anew"
        )
    return image if image.size == target else image.resize(target, RESAMPLING)


def _save_picture(path: Path, picture: Picture, job: Job, png_level: int | None) -> None:
    image = Image.fromarray(np.round(np.clip(picture.pixels, 0, 1) * 255).astype(np.uint8))
    image = image if image.size == job.size else image.resize(job.size, RESAMPLING)
    save_png(path, image, job.origin, png_level)
