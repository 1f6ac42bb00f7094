"""What inexact options cost: a mode's first pictures are generated exactly too, and the two compared."""

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from cmc.core.errors import CMCError
from cmc.core.images import load_rgb
from cmc.core.pixel_gap import pixel_gap
from cmc.core.run_file import Document
from cmc.stages.decode import Decoders, decode, picture_path
from cmc.stages.jobs import Job, plan_batches
from cmc.t2i.base import Sampling

# Pictures that are compared, and where the exact ones lie meanwhile, in the mode's own folder.
FIRST, FOLDER = 2, ".exact"


@dataclass(frozen=True)
class Deviation:
    """Of `pictures` from exact ones, 8-bit at GT's size: the mean and the lowest PSNR in dB, infinite for equal pixels,
    and the mean absolute difference in levels of 255. `unknown`: why none could be compared."""

    pictures: int = 0
    psnr: float = math.nan
    psnr_lowest: float = math.nan
    levels: float = math.nan
    unknown: str = ""

    def record(self) -> Document:
        """For the run file, in which an infinite PSNR is null."""
        if self.unknown:
            return {"pictures": 0, "unknown": self.unknown}
        psnr = {"psnr": self.psnr, "psnr_lowest": self.psnr_lowest}
        finite = {name: round(value, 2) if math.isfinite(value) else None for name, value in psnr.items()}
        return {"pictures": self.pictures, **finite, "levels": round(self.levels, 4)}

    def __str__(self) -> str:
        """In words, for the screen."""
        if self.unknown:
            return f"inexact, and not compared with exact pictures: {self.unknown}"
        return (
            f"inexact: PSNR of the first {self.pictures} picture(s) to exact ones {self.psnr:.1f} dB, lowest "
            f"{self.psnr_lowest:.1f}; mean difference {self.levels:.2f} of 255 levels"
        )


@dataclass
class Comparison:
    """The pictures of `keys` in a mode's `folder`, and exact ones of the same jobs; `deviation`: once it is known."""

    folder: Path
    keys: Sequence[str]
    deviation: Deviation | None = None

    def look(self) -> Deviation | None:
        """What comes of it, as soon as the pictures are there."""
        made = [picture_path(self.folder, key) for key in self.keys]
        if self.deviation is None and made and all(path.is_file() for path in made):
            self.deviation = _deviation(made, [picture_path(self.folder / FOLDER, key) for key in self.keys])
        return self.deviation

    def end(self) -> Deviation:
        """What came of it when all is generated that can be; the exact pictures go."""
        self.deviation = self.look() or Deviation(unknown="one of the first pictures could not be generated")
        shutil.rmtree(self.folder / FOLDER, ignore_errors=True)
        return self.deviation


def compare_with(
    crew: Decoders, folder: Path, jobs: Sequence[Job], sampling: Sampling, max_side: int | None
) -> Comparison:
    """Have a crew without inexact options generate the first of `jobs`, in the order in which they will be generated,
    beside the pictures in `folder`."""
    about = crew.about
    size = max_side or about.max_side, about.multiple, FIRST
    first = [job for batch in plan_batches(jobs, *size) for job in batch.jobs][:FIRST]
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    try:
        outcomes = list(decode(plan_batches(first, *size), crew, sampling, folder / FOLDER, shrink=True))
        errors = [outcome.error for outcome in outcomes if outcome.error]
    except CMCError as error:
        errors = [str(error)]
    unknown = Deviation(unknown=errors[0]) if errors else None
    return Comparison(folder, [job.key for job in first], unknown)


def _deviation(pictures: Sequence[Path], exact: Sequence[Path]) -> Deviation:
    gaps = [pixel_gap(load_rgb(one), load_rgb(other)) for one, other in zip(pictures, exact, strict=True)]
    psnrs = [gap.psnr for gap in gaps]
    return Deviation(len(gaps), mean(psnrs), min(psnrs), mean(gap.mean for gap in gaps))
