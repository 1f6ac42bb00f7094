"""Bits and rates of a score file, against each other: what no pictures are needed for."""

import math
from collections.abc import Sequence
from fractions import Fraction

from cmc.core.bits import Rate, bits
from cmc.core.errors import CMCError
from cmc.stages.evaluate import Score
from cmc.stream.header import LENGTH

HEADER = bits(LENGTH)
# Significant digits of a rate as it is written.
DIGITS = 7


def check_rates(scores: Sequence[Score]) -> None:
    """Raises CMCError, naming the picture, where bits are no whole bytes, do not add up, or do not fit the rate.

    What an author states may be any number of bits, rounded from a rate.
    A bundle says no size: a picture's bits over its rate must be the same whole number of pixels in every mode.
    """
    pixels: dict[str, tuple[int, int]] = {}
    for score in scores:
        if score.rate is not None:
            where = f"{score.name} ({score.mode})"
            _check_bits(score.rate, where)
            fewest, most = _pixels(score.rate, where)
            known = pixels.get(score.name, (1, most))
            pixels[score.name] = max(fewest, known[0]), min(most, known[1])
            if pixels[score.name][0] > pixels[score.name][1]:
                sizes = f"{fewest:,} to {most:,} pixels, expected a whole number that all modes of it share"
                raise CMCError(f"{where}: {score.rate.total} bits at {score.rate.bpp:g} bpp are {sizes}")


def _check_bits(rate: Rate, where: str) -> None:
    parts = rate.text, rate.maps, rate.reference
    if rate.stated:
        if rate.total < 1 or parts != (0, 0, rate.total):
            raise CMCError(
                f"{where}: expected stated bits under the reference alone, {rate.total} in all, found {parts}"
            )
        return
    if any(part < 0 or part % 8 for part in parts):
        raise CMCError(
            f"{where}: expected whole bytes, found {rate.text} bits of text, {rate.maps} of maps and "
            f"{rate.reference} of reference"
        )
    if rate.total != sum(parts) + HEADER:
        expected = f"{' + '.join(map(str, parts))} + {HEADER} of header"
        raise CMCError(f"{where}: bits_total is {rate.total}, expected {expected} = {sum(parts) + HEADER}")


def _pixels(rate: Rate, where: str) -> tuple[int, int]:
    """(fewest, most) pixels with which the bits come to the rate as it is written, rounded to DIGITS."""
    if not 0 < rate.bpp < math.inf:
        raise CMCError(f"{where}: bpp is {rate.bpp}, expected a number over 0")
    half = Fraction(10) ** (math.floor(math.log10(rate.bpp)) + 1 - DIGITS) / 2
    written = Fraction(repr(rate.bpp))
    slack = Fraction(1, 2) if rate.stated else 0
    fewest, most = (rate.total - slack) / (written + half), (rate.total + slack) / (written - half)
    return math.ceil(fewest), math.floor(most)
