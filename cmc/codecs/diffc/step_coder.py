"""Steps to bytes and back by one range coder: moves by how they differ from the one before, indices by the place of
their first bit and the bits after it. Integer tables alone: upstream's Zipf law takes powers of floats, which two
machines may round differently, and costs 1 to 3 % more."""

import copy
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from cmc.codecs.diffc.walk import LONGEST, MOVES
from cmc.core.errors import CMCError
from cmc.core.range_coder import RangeDecoder, RangeEncoder

# How often the first bit of index + 1 stands at a place, from 0 on, of 256 (1,312 and 3,840 indices of drawn scenes and
# made-up chunks).
_FIRST_BITS = (15, 15, 15, 17, 18, 22, 22, 25, 28, 27, 28, 23, 1)
# By which a move's place differs from that before; the last is of any other difference, and of the first move.
_DIFFERENCES = (0, -1, 1, -2)
_MOVE_BITS = (36, 18, 5, 3, 2)


@dataclass(frozen=True)
class SentStep:
    """move: its place in MOVES; indices: one a chunk; level: where it leads; bits: its divergence, which is what the
    sample is worth."""

    move: int
    indices: Sequence[int]
    level: int
    bits: float


class StepEncoder:
    """Steps in, bytes out."""

    def __init__(self) -> None:
        self._coder, self._last = RangeEncoder(), -1

    def add(self, step: SentStep) -> None:
        """Append a step."""
        difference = step.move - self._last
        known = self._last >= 0 and difference in _DIFFERENCES
        symbol = _DIFFERENCES.index(difference) if known else len(_DIFFERENCES)
        if self._last >= 0:
            _encode(self._coder, symbol, _MOVE_BITS)
        if not known:
            self._coder.encode(step.move, 1, len(MOVES))
        self._last = step.move
        for index in step.indices:
            place = (index + 1).bit_length() - 1
            _encode(self._coder, place, _FIRST_BITS)
            if place < LONGEST:
                self._coder.encode(index + 1 - (1 << place), 1, 1 << place)

    def bytes(self) -> bytes:
        """The bytes of the steps so far, to which more can be added."""
        return copy.deepcopy(self._coder).finish()


class StepDecoder:
    """Bytes in, steps out. Raises CMCError where no encoder can have written these bytes."""

    def __init__(self, data: bytes) -> None:
        self._coder, self._last = RangeDecoder(data), -1

    def move(self) -> int:
        """The next step's move, by its place in MOVES."""
        symbol = _decode(self._coder, _MOVE_BITS) if self._last >= 0 else len(_DIFFERENCES)
        known = symbol < len(_DIFFERENCES)
        self._last = self._last + _DIFFERENCES[symbol] if known else _equally_likely(self._coder, len(MOVES))
        if not 0 <= self._last < len(MOVES):
            raise CMCError("a step of this DiffC stream goes nowhere; fetch the file again")
        return self._last

    def indices(self, count: int) -> list[int]:
        """Those of that step."""
        return [self._index() for _ in range(count)]

    def finish(self) -> None:
        """Raises CMCError if bytes are left over."""
        self._coder.finish()

    def _index(self) -> int:
        place = _decode(self._coder, _FIRST_BITS)
        below = _equally_likely(self._coder, 1 << place) if place < LONGEST else 0
        return (1 << place) - 1 + below


def _encode(coder: RangeEncoder, symbol: int, frequencies: Sequence[int]) -> None:
    coder.encode(sum(frequencies[:symbol]), frequencies[symbol], sum(frequencies))


def _decode(coder: RangeDecoder, frequencies: Sequence[int]) -> int:
    starts = list(accumulate(frequencies, initial=0))
    symbol = bisect_right(starts, coder.target(starts[-1])) - 1
    coder.consume(starts[symbol], frequencies[symbol])
    return symbol


def _equally_likely(coder: RangeDecoder, count: int) -> int:
    number = coder.target(count)
    coder.consume(number, 1)
    return number
