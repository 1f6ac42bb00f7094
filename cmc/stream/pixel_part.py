"""The pixel grid in a file: in version 2 its geometry, then its levels, as plain bits or predicted.

    byte 0     0 (2 bits), blocks (2: 0 the benchmark's grid, 1 of a side that follows, 2 by the picture's size),
               levels cut down instead of rounded (1), bits of a level - 1 (3)
    bytes 1-2  with blocks 1 alone: side of a block - 1, big endian

Of the benchmark's grid every other bit is 0.
"""

import numpy as np

from cmc.codecs import pixelgrid
from cmc.codecs.grid_geometry import BENCHMARK, PixelGrid, Rounding
from cmc.core.errors import CMCError
from cmc.stream import grid_coder
from cmc.stream.header import FIRST
from cmc.stream.stream import Stream

MAX_BLOCK = 1 << 16
# What version 1 can hold; a damaged stream may ask for no more work than that.
MOST_PREDICTED = 256 * 256


def encode(stream: Stream, grid: np.ndarray) -> tuple[str, bytes]:
    """(coder, bytes) of a stream's grid, by the shorter coder. Raises CMCError for one of another size, and for a
    geometry that the format has no room for."""
    geometry = stream.geometry
    columns, rows = pixelgrid.grid_size(stream.size, geometry)
    if grid.shape != (rows, columns, 3):
        raise CMCError(f"expected a grid of {columns}x{rows} pixels, found {grid.shape[1::-1]}; make it anew")
    start = b"" if stream.version == FIRST else _write_geometry(geometry)
    raw = pixelgrid.pack(grid, geometry)
    coded = grid_coder.encode(grid, geometry.levels) if columns * rows <= MOST_PREDICTED else raw
    return ("raw", start + raw) if len(raw) <= len(coded) else ("predicted", start + coded)


def decode(coder: str, data: bytes, size: tuple[int, int], version: int) -> tuple[np.ndarray, PixelGrid]:
    """(levels, geometry) of `encode`'s bytes. Raises CMCError for others."""
    geometry, start = _read_geometry(data, version)
    if coder == "raw":
        return pixelgrid.unpack(data[start:], size, geometry), geometry
    columns, rows = pixelgrid.grid_size(size, geometry)
    if columns * rows > MOST_PREDICTED:
        raise CMCError(f"a predicted grid of {columns}x{rows} pixels, expected {MOST_PREDICTED:,} at most; pack anew")
    return grid_coder.decode(data[start:], columns, rows, geometry.levels), geometry


def _write_geometry(grid: PixelGrid) -> bytes:
    if grid == BENCHMARK:
        return b"\0"
    blocks = 1 if grid.block else 2
    first = blocks << 4 | (grid.rounding == "floor") << 3 | grid.bits - 1
    if grid.block is None:
        return bytes([first])
    if grid.block > MAX_BLOCK:
        raise CMCError(
            f"a stream holds blocks of {MAX_BLOCK:,} pixels at most, found {grid.block:,}; make smaller ones"
        )
    return bytes([first]) + (grid.block - 1).to_bytes(2, "big")


def geometry_of(data: bytes, version: int) -> PixelGrid:
    """The geometry in `encode`'s bytes. Raises CMCError for others."""
    return _read_geometry(data, version)[0]


def _read_geometry(data: bytes, version: int) -> tuple[PixelGrid, int]:
    """(geometry, bytes it took)."""
    if version == FIRST:
        return BENCHMARK, 0
    blocks = data[0] >> 4 if data else 3
    length = {0: 1, 1: 3, 2: 1}.get(blocks, 0)
    if not 0 < length <= len(data):
        raise CMCError("the pixel grid's geometry is damaged; fetch the file again")
    side = {0: BENCHMARK.block, 1: int.from_bytes(data[1:3], "big") + 1}.get(blocks)
    rounding: Rounding = "floor" if data[0] & 8 else "nearest"
    grid = PixelGrid(side, 1 << (data[0] & 7) + 1, rounding) if blocks else BENCHMARK
    if _write_geometry(grid) != data[:length]:
        raise CMCError("the pixel grid's geometry contradicts itself; this is no stream of this toolkit")
    return grid, length
