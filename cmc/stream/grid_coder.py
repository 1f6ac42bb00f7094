"""Lossless coding of a grid of pixels in few levels: predicted from the neighbours, coded with a logistic distribution.

Each level is predicted as a weighted sum of its neighbours and of the channels already coded at its place (G, then R,
then B); the width of the distribution around the prediction follows the errors made nearby. Whole numbers throughout:
predictions and errors are in 1/256 level. `tools/pixel_prior.py` fitted the weights on photographs in 16 levels; they
serve any number of levels, since what they weigh is counted in levels too.
"""

from collections.abc import Iterator, Sequence
from operator import mul

import numpy as np

from cmc.codecs.grid_geometry import LEVELS
from cmc.core.range_coder import RangeDecoder, RangeEncoder

ORDER = (1, 0, 2)
UNIT = 256
# The logistic function at -8, -7.5, ..., 8, in 1/65536.
LOGISTIC = (
    22, 36, 60, 99, 162, 267, 439, 720, 1179, 1919, 3108, 4971, 7812, 11953, 17625, 24743, 32768,
    40793, 47911, 53583, 57724, 60565, 62428, 63617, 64357, 64816, 65097, 65269, 65374, 65437, 65476, 65500, 65514,
)  # fmt: skip
# Weight of a level however unlikely, in 1/65536, on top of 65,536 for all.
FLOOR = 4
# By channel in ORDER, in 1/256: of `level_features`, and of `error_features`.
LEVEL_WEIGHTS = (
    (146, 108, -47, 41, 63),
    (134, 94, -11, 17, 196, -99, -80, 87),
    (104, 104, -7, 6, 257, -95, -96, -19, 0, 0, 3),
)
ERROR_WEIGHTS = (
    (13, 14, 17, 23, 19, 42, 47),
    (3, 3, 9, 18, 25, 62, 16, 6),
    (2, 2, 1, 6, 8, 36, 11, 8, 33),
)
NARROWEST = 16


class ChannelGrid:
    """One channel as far as it is coded: levels, the sizes of the errors made, and their running mean (1/256)."""

    def __init__(self, columns: int, rows: int, count: int = LEVELS) -> None:
        self.levels = [[0] * columns for _ in range(rows)]
        self.errors = [[0] * columns for _ in range(rows)]
        self._columns, self._middle, self._mean = columns, count // 2, UNIT

    def around(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Levels left, above, above left and above right; what lies outside is taken from the nearest known one."""
        levels = self.levels
        if not row:
            left = levels[0][column - 1] if column else self._middle
            return left, left, left, left
        above = levels[row - 1]
        up, right = above[column], above[min(column + 1, self._columns - 1)]
        if not column:
            return up, up, up, right
        return levels[row][column - 1], up, above[column - 1], right

    def errors_around(self, row: int, column: int) -> list[int]:
        """Sizes of the errors left and above, and the mean so far."""
        left = self.errors[row][column - 1] if column else self._mean
        up = self.errors[row - 1][column] if row else self._mean
        return [left, up, self._mean]

    def put(self, row: int, column: int, level: int, predicted: int) -> None:
        """Go on after a level."""
        error = abs(UNIT * level - predicted)
        self.levels[row][column], self.errors[row][column] = level, error
        self._mean += (error - self._mean) >> 3


Around = tuple[int, int, int, int]


def level_features(grids: list[ChannelGrid], around: list[Around], place: int, row: int, column: int) -> list[int]:
    """What predicts a level: its neighbours, and the earlier channels here and around; the last is a constant."""
    features = [*around[place]]
    for earlier, (left, up, _, _) in zip(grids[:place], around, strict=False):
        features += [earlier.levels[row][column], left, up]
    features.append(1)
    return features


def error_features(grids: list[ChannelGrid], around: list[Around], place: int, row: int, column: int) -> list[int]:
    """What predicts the size of the error: differences and errors nearby (1/256); the last is a constant."""
    left, up, corner, right = around[place]
    features = [UNIT * abs(left - corner), UNIT * abs(up - corner), UNIT * abs(up - right)]
    features += grids[place].errors_around(row, column)
    features += [earlier.errors[row][column] for earlier in grids[:place]]
    features.append(UNIT)
    return features


def weigh(weights: Sequence[int], features: list[int]) -> int:
    """Sum of features by weight."""
    return sum(map(mul, weights, features))


def total(count: int) -> int:
    """What the intervals of `count` levels cover together."""
    return 65536 + FLOOR * count


def _walk(columns: int, rows: int, count: int) -> Iterator[tuple[ChannelGrid, int, int, int, int, int]]:
    """Every level's grid, row, column, channel, prediction and width, in the order of coding."""
    grids = [ChannelGrid(columns, rows, count) for _ in ORDER]
    for row in range(rows):
        for column in range(columns):
            around = [grid.around(row, column) for grid in grids]
            for place, channel in enumerate(ORDER):
                predicted = weigh(LEVEL_WEIGHTS[place], level_features(grids, around, place, row, column))
                width = weigh(ERROR_WEIGHTS[place], error_features(grids, around, place, row, column)) // UNIT
                yield grids[place], row, column, channel, predicted, max(width, NARROWEST)


def start(level: int, predicted: int, width: int, count: int = LEVELS) -> int:
    """Where the interval of a level begins in [0, total): the logistic function half a level below it."""
    if level in (0, count):
        return total(count) if level else 0
    position = (UNIT * level - UNIT // 2 - predicted) * 512 // width
    step, part = divmod(min(max(position, -16 * 256), 16 * 256 - 1), 256)
    low, high = LOGISTIC[16 + step], LOGISTIC[17 + step]
    return low + ((high - low) * part >> 8) + FLOOR * level


def encode(levels: np.ndarray, count: int = LEVELS) -> bytes:
    """A grid (rows, columns, 3) of levels below `count` as bytes."""
    coder, rows = RangeEncoder(), levels.tolist()
    for grid, row, column, channel, predicted, width in _walk(levels.shape[1], levels.shape[0], count):
        level = rows[row][column][channel]
        low = start(level, predicted, width, count)
        coder.encode(low, start(level + 1, predicted, width, count) - low, total(count))
        grid.put(row, column, level, predicted)
    return coder.finish()


def decode(data: bytes, columns: int, rows: int, count: int = LEVELS) -> np.ndarray:
    """The grid of `encode`'s bytes: uint8 (rows, columns, 3). Raises CMCError for other bytes."""
    coder = RangeDecoder(data)
    levels = np.zeros((rows, columns, len(ORDER)), np.uint8)
    for grid, row, column, channel, predicted, width in _walk(columns, rows, count):
        level = _level_at(coder.target(total(count)), predicted, width, count)
        low = start(level, predicted, width, count)
        coder.consume(low, start(level + 1, predicted, width, count) - low)
        levels[row, column, channel] = level
        grid.put(row, column, level, predicted)
    coder.finish()
    return levels


def _level_at(target: int, predicted: int, width: int, count: int) -> int:
    """The level whose interval holds `target`."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        if start(middle, predicted, width, count) <= target:
            low = middle
        else:
            high = middle
    return low
