"""What a stream's bits would be by theory and by the authors' count, to stand beside its real bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import e, log, log2

from cmc.codecs.diffc.step_coder import SentStep
from cmc.codecs.diffc.walk import LONGEST, PADDING

# Numbers that the authors' Zipf law is cut at.
_TABLE = 1 << 24


@dataclass(frozen=True)
class Estimate:
    """Of one picture: steps and chunks sent; ideal: the sum of divergences, in bits; zipf: what the authors' entropy
    coder would take for these indices; coded: bits of the real stream."""

    steps: int
    chunks: int
    ideal: float
    zipf: float
    coded: int


def estimate(steps: Sequence[SentStep], stream: bytes) -> Estimate:
    """Of the steps that a stream is made of."""
    exponent = zipf_exponent(LONGEST - PADDING, 1, 1)
    indices = [index for step in steps for index in step.indices]
    zipf = sum(zipf_bits(index, exponent) for index in indices)
    return Estimate(len(steps), len(indices), sum(step.bits for step in steps), zipf, 8 * len(stream))


def zipf_exponent(bits: float, size: int, sizes: int) -> float:
    """Of the index of a chunk of `size` bits, in a step worth `bits` whose indices have `sizes` bits together
    (with upstream's constant, 0.483; that of the theorem, Li and El Gamal, 1701.02827, is 1.531)."""
    return 1 + 1 / (bits * size / sizes + log(1 + e) / e)


def zipf_bits(index: int, exponent: float) -> float:
    """The code length of an index, from 0 on."""
    return exponent * log2(index + 1) + log2(_sum(exponent))


@cache
def _sum(exponent: float) -> float:
    from scipy.special import zeta

    return float(zeta(exponent, 1) - zeta(exponent, _TABLE + 1))
