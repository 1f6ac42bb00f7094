"""From jobs to a decoder's requests: starting images and maps, read from their files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from cmc.codecs.grid_geometry import BENCHMARK, PixelGrid
from cmc.codecs.pixelgrid import grid_size, spread
from cmc.core.errors import CMCError, ImageError
from cmc.core.images import RESAMPLING, load_rgb
from cmc.maps.map_file import read_maps
from cmc.stages.jobs import Batch
from cmc.stages.safe_render import Outcome
from cmc.t2i.base import Guide, Request

# The requests of a batch with their references loaded, and outcomes of the jobs whose reference is unusable.
Requests: TypeAlias = tuple[list[Request], list[Outcome]]


def load_requests(batch: Batch) -> Requests:
    """A batch's, with outcomes of what cannot be used."""
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
