"""The only place where bytes become bits per pixel."""

from dataclasses import dataclass

RAW_BITS_PER_PIXEL = 24
# CMC-Bench, section 3.1: the ultra and the extreme low bitrate, 1/1,000 and 1/10,000 of 24-bit, in bpp.
LIMITS = {"ULB": 0.024, "ELB": 0.0024}
# What stands beside every rate of a result whose streams were never here.
STATED = "bits as stated by their author"


def bits(size_in_bytes: int) -> int:
    """Bits of a stream or of a part of it."""
    return 8 * size_in_bytes


def bpp(size_in_bytes: int, size: tuple[int, int]) -> float:
    """Bits per ground-truth pixel of a stream; `size` is the ground truth's (width, height)."""
    return bits(size_in_bytes) / (size[0] * size[1])


def compression_ratio(size_in_bytes: int, size: tuple[int, int]) -> float:
    """How many times smaller than 24-bit RGB a stream is; infinite for no byte at all."""
    return ratio_of(bpp(size_in_bytes, size))


def ratio_of(rate: float) -> float:
    """How many times smaller than 24-bit RGB pictures at `rate` bpp are; infinite for no bit at all."""
    return RAW_BITS_PER_PIXEL / rate if rate else float("inf")


def inside(size_in_bytes: int, size: tuple[int, int]) -> dict[str, bool]:
    """Whether a stream keeps within each limit of LIMITS."""
    rate = bpp(size_in_bytes, size)
    return {name: rate <= limit for name, limit in LIMITS.items()}


@dataclass(frozen=True)
class Rate:
    """Bits that the decoder needed for one picture: of its caption, of its reference, and of all with the header;
    `bpp` per ground-truth pixel; `maps`: bits of its items' maps; `stated`: no stream of it was here to be measured, so
    that `total` is what its author says, and all of it stands under the reference."""

    text: int
    reference: int
    total: int
    bpp: float
    maps: int = 0
    stated: bool = False

    @classmethod
    def of(cls, text: int, reference: int, total: int, size: tuple[int, int], maps: int = 0) -> "Rate":
        """From bytes, and the ground truth's (width, height)."""
        return cls(bits(text), bits(reference), bits(total), bpp(total, size), bits(maps))


def marked(text: str, stated: bool, gap: str = " ") -> str:
    """A rate, or what depends on one, with the mark that it is as its author says; nothing is marked that was measured;
    `gap` stands before the mark."""
    return f"{text}{gap}({STATED})" if stated else text
