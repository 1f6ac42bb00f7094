"""The decoding loop: captions and references in, pictures at the ground truth's size out."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from cmc.codecs.pixelgrid import grid_size, spread
from cmc.core.errors import ImageError
from cmc.core.images import RESAMPLING, load_rgb, render_size, save_png
from cmc.core.origin import Origin
from cmc.core.prefetch import BackgroundWriter, prefetched
from cmc.stages.safe_render import Outcome, SafeRenderer
from cmc.t2i.base import Decoder, Picture, Request, Sampling


@dataclass(frozen=True)
class Job:
    """One picture to generate: GT `size` (width, height), prompt, the starting image's file or None, its own seed, and
    what the picture will say that it was made from."""

    key: str
    size: tuple[int, int]
    prompt: str
    reference: Path | None
    seed: int
    origin: Origin = field(default_factory=Origin)


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


def decode(
    batches: Sequence[Batch],
    decoder: Decoder,
    sampling: Sampling,
    folder: Path,
    *,
    done: Set[str] = frozenset(),
    shrink: bool,
) -> Iterator[Outcome]:
    """Generate, as `<key>.png` in `folder`, the pictures whose keys are not `done`, and yield each outcome.

    A batch is generated whole even if only one picture is missing, so that the pixels are those of an
    uninterrupted run. `shrink` halves batches that do not fit into memory. References load ahead and PNGs are
    written behind in threads. Raises OSError when a picture cannot be written.
    """
    unfinished = [batch for batch in batches if any(job.key not in done for job in batch.jobs)]
    renderer = SafeRenderer(decoder, sampling, shrink)
    with BackgroundWriter(_save_picture) as writer:
        for batch, (requests, unreadable) in prefetched(_load_requests, unfinished, workers=2, depth=2):
            jobs = {job.key: job for job in batch.jobs}
            for request, picture, outcome in renderer.render(requests):
                if request.name in done:
                    continue
                if picture is not None:
                    writer.put((picture_path(folder, request.name), picture, jobs[request.name]))
                yield outcome
            yield from unreadable


def picture_path(folder: Path, key: str) -> Path:
    """Where a mode's folder has the picture of an image."""
    return folder / f"{key}.png"


def _load_requests(batch: Batch) -> tuple[list[Request], list[Outcome]]:
    """(requests of a batch with their references loaded, outcomes of the jobs whose reference is unusable)."""
    requests, unreadable = [], []
    for job in batch.jobs:
        try:
            reference = None if job.reference is None else start_image(job.reference, job.size, batch.size)
        except ImageError as error:
            unreadable.append(Outcome(job.key, str(error)))
            continue
        requests.append(Request(job.key, job.prompt, batch.size, reference, job.seed))
    return requests, unreadable


def start_image(path: Path, size: tuple[int, int], target: tuple[int, int]) -> Image.Image:
    """A reference at the decoder's `target` size: a grid of one pixel a block, or a picture shaped like GT's `size`.

    Raises ImageError for a picture of another shape, which would be denoised in the wrong places.
    """
    image = load_rgb(path)
    if image.size == grid_size(size) and image.size != size:
        image = spread(image, size)
    misfit = abs(image.width * size[1] / image.height - size[0])
    # An encoder may round to even sides; more than that is another picture.
    if misfit > 2 and misfit > 0.01 * size[0]:
        actual, expected, grid = (f"{width}x{height}" for width, height in (image.size, size, grid_size(size)))
        raise ImageError(f"{path} is {actual}, expected {expected} as in GT, or its {grid} grid; make it anew")
    return image if image.size == target else image.resize(target, RESAMPLING)


def _save_picture(item: tuple[Path, Picture, Job]) -> None:
    path, picture, job = item
    image = Image.fromarray(np.round(np.clip(picture.pixels, 0, 1) * 255).astype(np.uint8))
    save_png(path, image if image.size == job.size else image.resize(job.size, RESAMPLING), job.origin)
