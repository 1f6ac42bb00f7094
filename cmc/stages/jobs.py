"""What a decoding run generates: jobs, and the batches that they form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cmc.codecs.grid_geometry import BENCHMARK, PixelGrid
from cmc.core.images import render_size
from cmc.core.origin import Origin


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
