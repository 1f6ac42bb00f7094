"""What a codec is: a picture in, bytes out, and the picture that those bytes decode to."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

from PIL import Image

from cmc.core.errors import CMCError
from cmc.core.facts import CodecFacts
from cmc.core.faults import faults_told, kind_of
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

    @property
    def weights(self) -> bytes:
        """4 bytes that tell a learned codec's weights from others, which its streams name; b"" of another codec."""
        return b""

    @abstractmethod
    def encode(self, image: Image.Image) -> bytes:
        """The whole stream of an 8-bit RGB picture."""

    @abstractmethod
    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        """The 8-bit RGB picture of a stream; `size` is the (width, height) that was encoded, which no stream repeats.

        Raises CMCError for a stream that is damaged or of another size.
        """

    def encode_within(self, image: Image.Image, limit: int) -> tuple[int, bytes] | None:
        """Of a progressive codec, which codes a picture once and cuts its stream: the finest (qp, stream) of `limit`
        bytes at most, whatever its own setting, or else the coarsest; None of another, which is coded anew a setting.
        """
        return None

    def code(self, image: Image.Image) -> Coded:
        """Both ways, timed; the picture comes from the stream alone. Raises CMCError as `encode_checked` and
        `decode_checked`."""
        start = time.perf_counter()
        stream = encode_checked(self, image)
        encoded = time.perf_counter()
        picture = decode_checked(self, stream, image.size)
        return Coded(stream, picture, encoded - start, time.perf_counter() - encoded)


def encode_checked(codec: Codec, image: Image.Image) -> bytes:
    """The stream of a picture. Raises CMCError for whatever the codec raises, and for anything but bytes."""
    with faults_told(f"encoding {image.width}x{image.height} pixels"):
        stream = codec.encode(image.copy())  # a codec may scale what it is given in place
    return _checked(stream)


def encode_within_checked(codec: Codec, image: Image.Image, limit: int) -> tuple[int, bytes] | None:
    """(qp, stream) of a progressive codec's, as `encode_within`. Raises CMCError as `encode_checked`."""
    with faults_told(f"encoding {image.width}x{image.height} pixels"):
        cut = codec.encode_within(image.copy(), limit)
    return None if cut is None else (cut[0], _checked(cut[1]))


def _checked(stream: object) -> bytes:
    if not isinstance(stream, bytes) or not stream:
        found = kind_of(stream) if not isinstance(stream, bytes) else "none"
        raise CMCError(f"expected bytes from the codec, found {found}; mend its encode")
    return stream


def decode_checked(codec: Codec, stream: bytes, size: tuple[int, int]) -> Image.Image:
    """The picture of a stream, of (width, height). Raises CMCError for whatever the codec raises, and for anything but
    an 8-bit RGB picture of that size."""
    with faults_told(f"decoding {len(stream):,} bytes"):
        picture = codec.decode(stream, size)
        if isinstance(picture, Image.Image):
            picture.load()
    if not isinstance(picture, Image.Image):
        raise CMCError(f"expected a picture from the codec, found {kind_of(picture)}; mend its decode")
    if picture.mode != "RGB":
        raise CMCError(
            f"expected an 8-bit RGB picture from the codec, found one of mode {picture.mode}; mend its decode"
        )
    if picture.size != size:
        (width, height), (actual_width, actual_height) = size, picture.size
        found = f"found {actual_width}x{actual_height}; mend its decode"
        raise CMCError(f"expected a picture of {width}x{height} from the codec, {found}")
    return picture


def check_qp(entry: Entry[CodecFacts], qp: int) -> int:
    """`qp` if the codec has such a setting; its fact `qp` is (coarsest, finest). Raises CMCError otherwise."""
    coarse, fine = entry.facts.qp
    if not min(coarse, fine) <= qp <= max(coarse, fine):
        raise CMCError(f"--qp {qp}: {entry.name} takes {coarse} (coarsest) to {fine} (finest)")
    return qp
