"""What a codec is: a picture in, bytes out, and the picture that those bytes decode to."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

from PIL import Image

from cmc.core.errors import CMCError
from cmc.core.facts import CodecFacts
from cmc.registry import Entry


@dataclass(frozen=True)
class Coded:
    """A picture coded: its whole stream, what the stream decodes to, and the wall-clock seconds of either way."""

    stream: bytes
    picture: Image.Image
    encode_s: float
    decode_s: float


class Codec(ABC):
    """A still-picture codec at one quality setting; a codec overrides `encode` and `decode`."""

    @abstractmethod
    def encode(self, image: Image.Image) -> bytes:
        """The whole stream of an 8-bit RGB picture."""

    @abstractmethod
    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        """The 8-bit RGB picture of a stream; `size` is the (width, height) that was encoded, which no stream repeats.

        Raises CMCError for a stream that is damaged or of another size.
        """

    def code(self, image: Image.Image) -> Coded:
        """Both ways, timed; the picture comes from the stream alone. Raises CMCError where it is of another size."""
        start = time.perf_counter()
        stream = self.encode(image)
        encoded = time.perf_counter()
        picture = self.decode(stream, image.size)
        decoded = time.perf_counter()
        if picture.size != image.size:
            raise CMCError(f"the codec made a picture of {picture.size} of one of {image.size}; mend its decode")
        return Coded(stream, picture, encoded - start, decoded - encoded)


def check_qp(entry: Entry[CodecFacts], qp: int) -> int:
    """`qp` if the codec has such a setting; its fact `qp` is (coarsest, finest). Raises CMCError otherwise."""
    coarse, fine = entry.facts.qp
    if not min(coarse, fine) <= qp <= max(coarse, fine):
        raise CMCError(f"--qp {qp}: {entry.name} takes {coarse} (coarsest) to {fine} (finest)")
    return qp
