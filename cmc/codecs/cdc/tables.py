"""Integer frequencies of quantised latents for the range coder, so that encoder and decoder have the very same.

They are computed in float64: what machines differ by in its last digits all but never changes a rounded frequency.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

from cmc.core.errors import CMCError
from cmc.core.range_coder import RangeDecoder, RangeEncoder

# What a probability of 1 comes to.
_UNIT = 1 << 28
# Of any number that a table lacks: with the 5 bits and more that tell which, it costs about what the authors count.
_ESCAPE = 1 << 4
# Such a number's distance from the table has as many bits at most.
_LONGEST = 16
# Scales of Gaussians, 8 to an octave from the lower bound of the authors, which cost 0.003 bits a number at most beside
# the exact ones.
LEAST_SCALE = 0.1
_OCTAVE, _TOP = 8, 96
# Scales to either side of the mean that a table reaches; further out are 4e-8 of all numbers.
_SIGMAS = 5.5


class Table:
    """The frequencies of whole numbers from `low` on, and of an escape to any other."""

    def __init__(self, low: int, probabilities: Sequence[float]) -> None:
        self._low, self._escape = low, len(probabilities)
        frequencies = [max(1, round(probability * _UNIT)) for probability in probabilities]
        self._starts = list(accumulate([*frequencies, _ESCAPE], initial=0))

    def encode(self, coder: RangeEncoder, number: int) -> None:
        """Append a number. Raises CMCError for one further than 65,535 from the table."""
        place = number - self._low
        if 0 <= place < self._escape:
            coder.encode(*self._interval(place))
            return
        coder.encode(*self._interval(self._escape))
        distance = max(-place, place - self._escape + 1)
        length = distance.bit_length() - 1
        if length >= _LONGEST:
            raise CMCError(f"expected latents within 65,535 of what is likely, found {number:,}; check the weights")
        coder.encode(length + _LONGEST * (place < 0), 1, 2 * _LONGEST)
        coder.encode(distance - (1 << length), 1, 1 << length)

    def decode(self, coder: RangeDecoder) -> int:
        """The next number. Raises CMCError for damaged bytes."""
        place = bisect_right(self._starts, coder.target(self._starts[-1])) - 1
        start, size, _ = self._interval(place)
        coder.consume(start, size)
        if place < self._escape:
            return self._low + place
        below, length = divmod(_equally_likely(coder, 2 * _LONGEST), _LONGEST)
        distance = (1 << length) + _equally_likely(coder, 1 << length)
        return self._low - distance if below else self._low + self._escape - 1 + distance

    def _interval(self, place: int) -> tuple[int, int, int]:
        start = self._starts[place]
        return start, self._starts[place + 1] - start, self._starts[-1]


def _equally_likely(coder: RangeDecoder, count: int) -> int:
    number = coder.target(count)
    coder.consume(number, 1)
    return number


def scale_level(scale: float) -> int:
    """The number of the scale nearest to one, by their logarithms."""
    return min(round(_OCTAVE * math.log2(max(scale, LEAST_SCALE) / LEAST_SCALE)), _TOP)


@cache
def gaussian_table(level: int) -> Table:
    """Of the unit intervals of a Gaussian around 0, with the scale of that number."""
    scale = LEAST_SCALE * 2 ** (level / _OCTAVE)
    reach = math.ceil(_SIGMAS * scale)
    half = [gaussian_probability(number, scale) for number in range(reach + 1)]
    return Table(-reach, [*half[:0:-1], *half])


def gaussian_probability(number: float, scale: float) -> float:
    """Of the unit interval around a number that is 0 or more, for a Gaussian around 0."""
    near, far = ((number + side) / (scale * math.sqrt(2)) for side in (-0.5, 0.5))
    return (math.erfc(near) - math.erfc(far)) / 2
