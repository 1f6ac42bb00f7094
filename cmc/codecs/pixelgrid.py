"""The pixel reference: one pixel a 64x64 block, 4 bits a channel (CMC-Bench, section 3.2, "Pixel")."""

import numpy as np
from PIL import Image

from cmc.core.errors import CMCError
from cmc.core.images import RESAMPLING

BLOCK = 64
LEVELS = 16
# Of the raw grids that `pack` writes, beside the references.
SUFFIX = ".rgb4"
_STEP = 255 // (LEVELS - 1)


def grid_size(size: tuple[int, int]) -> tuple[int, int]:
    """(columns, rows) of blocks that cover a picture of (width, height); blocks at the edge may be partial."""
    columns, rows = (-(-side // BLOCK) for side in size)
    return columns, rows


def to_levels(image: Image.Image) -> np.ndarray:
    """Block means of an RGB picture as levels: uint8 (rows, columns, 3) in 0..15."""
    pixels = np.asarray(image, dtype=np.float64)
    edges = [np.arange(0, side, BLOCK) for side in pixels.shape[:2]]
    sums = np.add.reduceat(np.add.reduceat(pixels, edges[0], axis=0), edges[1], axis=1)
    heights, widths = (np.diff(np.append(edge, side)) for edge, side in zip(edges, pixels.shape[:2], strict=True))
    means = sums / np.outer(heights, widths)[:, :, None]
    return np.round(means / _STEP).astype(np.uint8)


def to_image(levels: np.ndarray) -> Image.Image:
    """Levels as a picture of one pixel a block: level n is shown as n * 17."""
    return Image.fromarray((levels * _STEP).astype(np.uint8))


def from_image(picture: Image.Image) -> np.ndarray:
    """Levels of the picture that `to_image` made; of another picture, its values cut to levels."""
    return np.asarray(picture) // np.uint8(_STEP)


def pack(levels: np.ndarray) -> bytes:
    """Levels as plain 4-bit numbers, two a byte, row by row, R G B."""
    flat = levels.reshape(-1)
    padded = np.append(flat, np.zeros(flat.size % 2, np.uint8))
    return bytes(padded[0::2] << 4 | padded[1::2])


def unpack(stream: bytes, size: tuple[int, int]) -> np.ndarray:
    """Levels of `pack`'s bytes for a picture of (width, height). Raises CMCError if the length is another."""
    columns, rows = grid_size(size)
    count = columns * rows * 3
    if len(stream) != -(-count // 2):
        raise CMCError(f"expected {-(-count // 2)} bytes of pixels for {size[0]}x{size[1]}, found {len(stream)}")
    pairs = np.frombuffer(stream, np.uint8)
    return np.stack([pairs >> 4, pairs & 15], 1).reshape(-1)[:count].reshape(rows, columns, 3)


def spread(grid: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A grid picture stretched so that every pixel lies on its block, cut to (width, height)."""
    columns, rows = grid_size(size)
    return grid.resize((columns * BLOCK, rows * BLOCK), RESAMPLING).crop((0, 0, *size))
