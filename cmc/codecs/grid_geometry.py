"""Geometries of pixel references: how large blocks are, how many levels a channel has, and how values become levels.

The benchmark's (CMC-Bench, section 3.2, "Pixel"): means of 64x64 blocks, the nearest of 16 levels. MISC's (arXiv
2402.16749): blocks by the picture's size, cut down to 32 levels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.run_file import read_run

BLOCK = 64
LEVELS = 16
MISC_LEVELS = 32
# What `--block` calls a block whose side follows from the picture's size.
BY_SIZE = "misc"
Rounding = Literal["nearest", "floor"]


@dataclass(frozen=True)
class PixelGrid:
    """The geometry of a pixel reference. `block`: side of a block in pixels; None: MISC's, by the picture's size.

    levels: a power of two from 2 to 256; rounding: to the nearest of levels that end at black and white, or down to
    multiples of 256 / levels.
    """

    block: int | None = BLOCK
    levels: int = LEVELS
    rounding: Rounding = "nearest"

    @property
    def bits(self) -> int:
        """Of a channel."""
        return (self.levels - 1).bit_length()

    @property
    def suffix(self) -> str:
        """Of the raw grids that `pack` writes, beside the references."""
        return f".rgb{self.bits}"

    @property
    def step(self) -> float:
        """From one level's 8-bit value to the next one's."""
        return 255 / (self.levels - 1) if self.rounding == "nearest" else 256 / self.levels

    @property
    def shown(self) -> np.ndarray:
        """uint8 (levels,): what each level is shown as."""
        return np.round(np.arange(self.levels) * self.step).astype(np.uint8)

    def side(self, size: tuple[int, int]) -> int:
        """Of a block of a picture of (width, height)."""
        return self.block or max(max(size) // 16, 32)

    def settings(self) -> dict[str, object]:
        """As run files record it; the benchmark's as they always did."""
        benchmark: dict[str, object] = {"block": self.block or BY_SIZE, "bits": self.bits}
        return benchmark if self == BENCHMARK else benchmark | {"rounding": self.rounding}

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "PixelGrid":
        """What a run file records; the benchmark's where it says nothing, as of references that were not made here.

        Raises CMCError for what is no grid.
        """
        block, bits = settings.get("block", BLOCK), settings.get("bits", BENCHMARK.bits)
        side = block if isinstance(block, int) else None
        known = block == BY_SIZE if side is None else side > 0
        if not known or not isinstance(bits, int) or not 1 <= bits <= 8:
            raise CMCError(f"expected a pixel grid's block and bits, found {block!r} and {bits!r}; make it anew")
        rounding: Rounding = "floor" if settings.get("rounding") == "floor" else "nearest"
        return cls(side, 1 << bits, rounding)

    def __str__(self) -> str:
        blocks = f"{self.block}x{self.block} blocks" if self.block else "blocks by size (misc)"
        return f"{blocks} of {self.levels} levels"


BENCHMARK = PixelGrid()
MISC = PixelGrid(None, MISC_LEVELS, "floor")


def read_grid(folder: Path) -> PixelGrid:
    """The geometry of the references in a folder, as its run file records it. Raises CMCError for what is no grid."""
    return PixelGrid.from_settings(read_run(folder / "run.json").get("settings", {}))
