"""The pixel reference: a picture as a grid of few pixels in few levels, packed as plain bits."""

import numpy as np
from PIL import Image

from cmc.codecs.grid_geometry import BENCHMARK, PixelGrid
from cmc.core.errors import CMCError
from cmc.core.images import RESAMPLING


def grid_size(size: tuple[int, int], grid: PixelGrid = BENCHMARK) -> tuple[int, int]:
    """(columns, rows) of a picture of (width, height): blocks that cover it, those at the edge may be partial; of
    MISC's those that fit, at least one, which share what they leave over."""
    block = grid.side(size)
    columns, rows = (-(-side // block) if grid.block else max(1, side // block) for side in size)
    return columns, rows


def to_levels(image: Image.Image, grid: PixelGrid = BENCHMARK) -> np.ndarray:
    """An RGB picture's blocks as levels: uint8 (rows, columns, 3), below `grid.levels`."""
    values = _block_means(image, grid.block) if grid.block else np.asarray(_small(image, grid))
    near = np.round if grid.rounding == "nearest" else np.floor
    return near(values / grid.step).astype(np.uint8)


def _block_means(image: Image.Image, block: int) -> np.ndarray:
    pixels = np.asarray(image, dtype=np.float64)
    edges = [np.arange(0, side, block) for side in pixels.shape[:2]]
    sums = np.add.reduceat(np.add.reduceat(pixels, edges[0], axis=0), edges[1], axis=1)
    heights, widths = (np.diff(np.append(edge, side)) for edge, side in zip(edges, pixels.shape[:2], strict=True))
    return sums / np.outer(heights, widths)[:, :, None]


def _small(image: Image.Image, grid: PixelGrid) -> Image.Image:
    return image.resize(grid_size(image.size, grid), RESAMPLING)


def to_image(levels: np.ndarray, grid: PixelGrid = BENCHMARK) -> Image.Image:
    """Levels as a picture of one pixel a block; of the benchmark's, level n is shown as n * 17."""
    return Image.fromarray(grid.shown[levels])


def from_image(picture: Image.Image, grid: PixelGrid = BENCHMARK) -> np.ndarray:
    """Levels of the picture that `to_image` made; of another picture, its values cut to levels."""
    return (np.searchsorted(grid.shown, np.asarray(picture), side="right") - 1).astype(np.uint8)


def pack(levels: np.ndarray, grid: PixelGrid = BENCHMARK) -> bytes:
    """Levels as plain numbers of `grid.bits` bits, row by row, R G B, the highest bit first, zeros at the end."""
    return np.packbits(np.unpackbits(levels.reshape(-1, 1), axis=1)[:, 8 - grid.bits :]).tobytes()


def unpack(stream: bytes, size: tuple[int, int], grid: PixelGrid = BENCHMARK) -> np.ndarray:
    """Levels of `pack`'s bytes for a picture of (width, height). Raises CMCError if the length is another."""
    columns, rows = grid_size(size, grid)
    count = columns * rows * 3
    length = -(-count * grid.bits // 8)
    if len(stream) != length:
        raise CMCError(f"expected {length} bytes of pixels for {size[0]}x{size[1]}, found {len(stream)}")
    bits = np.unpackbits(np.frombuffer(stream, np.uint8))[: count * grid.bits].reshape(count, grid.bits)
    padding = np.zeros((count, 8 - grid.bits), np.uint8)
    return np.packbits(np.concatenate([padding, bits], axis=1)).reshape(rows, columns, 3)


def spread(picture: Image.Image, size: tuple[int, int], grid: PixelGrid = BENCHMARK) -> Image.Image:
    """A grid picture stretched so that every pixel lies on its block, cut to (width, height)."""
    if grid.block is None:
        return picture.resize(size, RESAMPLING)
    columns, rows = grid_size(size, grid)
    return picture.resize((columns * grid.block, rows * grid.block), RESAMPLING).crop((0, 0, *size))
