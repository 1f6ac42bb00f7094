"""Lossless coding of the maps of items, 8x8 bits each: adaptive, by the bits left, above and above right.

What is in the first map is learned for the next ones. Maps that do not become smaller that way are sent as plain bits,
which their length tells: no map takes more than 8 bytes.
"""

from collections.abc import Iterator

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.range_coder import RangeDecoder, RangeEncoder
from cmc.maps.item_map import SIDE

RAW_BYTES = SIDE * SIDE // 8
# How often 0 and 1 count as seen before the first bit, by how many of the three neighbours are 1.
START = ((8, 1), (2, 1), (1, 2), (1, 6))


class MapGrid:
    """One map as far as it is coded; what lies outside it is 0. `counts`: of the bits so far, by their neighbours."""

    def __init__(self, counts: list[list[int]]) -> None:
        self.bits = np.zeros((SIDE + 1, SIDE + 2), np.uint8)  # a row above, a column on either side
        self._counts = counts

    def around(self, row: int, column: int) -> list[int]:
        """[zeros, ones] seen so far beside the neighbours of a place."""
        left, up, right = self.bits[row + 1, column], self.bits[row, column + 1], self.bits[row, column + 2]
        return self._counts[left + 2 * up + 4 * right]

    def put(self, row: int, column: int, bit: int) -> None:
        """Go on after a bit."""
        self.around(row, column)[bit] += 1
        self.bits[row + 1, column + 1] = bit


def _walk(items: int) -> Iterator[tuple[MapGrid, int, int, int]]:
    """Every bit's grid, item, row and column, in the order of coding."""
    counts = [list(START[neighbours.bit_count()]) for neighbours in range(8)]
    for item in range(items):
        grid = MapGrid(counts)
        for row in range(SIDE):
            for column in range(SIDE):
                yield grid, item, row, column


def encode(maps: np.ndarray) -> bytes:
    """Maps, bool (items, 8, 8), as at most 8 bytes each; none for none."""
    coder, values = RangeEncoder(), maps.astype(int).tolist()
    for grid, item, row, column in _walk(len(maps)):
        bit, (zeros, ones) = values[item][row][column], grid.around(row, column)
        coder.encode(zeros * bit, ones if bit else zeros, zeros + ones)
        grid.put(row, column, bit)
    coded = coder.finish()
    return coded if len(coded) < RAW_BYTES * len(maps) else np.packbits(maps).tobytes()


def decode(data: bytes, items: int) -> np.ndarray:
    """The maps of `encode`'s bytes: bool (items, 8, 8). Raises CMCError for bytes that it cannot have written."""
    if len(data) > RAW_BYTES * items:
        raise CMCError(
            f"expected at most {RAW_BYTES * items} bytes of {items} maps, found {len(data)}; fetch them again"
        )
    raw = len(data) == RAW_BYTES * items
    bits = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(-1, SIDE, SIDE) if raw else _decode(data, items)
    maps = bits.astype(bool)
    if encode(maps) != data:
        raise CMCError(f"the {len(data)} bytes of {items} maps are damaged; fetch the file again")
    return maps


def _decode(data: bytes, items: int) -> np.ndarray:
    coder, bits = RangeDecoder(data), np.zeros((items, SIDE, SIDE), np.uint8)
    for grid, item, row, column in _walk(items):
        zeros, ones = grid.around(row, column)
        bit = int(coder.target(zeros + ones) >= zeros)
        coder.consume(zeros * bit, ones if bit else zeros)
        bits[item, row, column] = bit
        grid.put(row, column, bit)
    coder.finish()
    return bits
