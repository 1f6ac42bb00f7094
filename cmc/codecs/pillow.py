"""Picture formats that Pillow carries: JPEG, WebP, AVIF.

Colour: 8-bit RGB to 8-bit Y'CbCr with the BT.601 matrix, 4:2:0, as each format's own encoder does it; full range in
JPEG (JFIF) and AVIF, limited range in WebP, which knows no other.
"""

import io
import struct
from collections.abc import Mapping

from PIL import Image

from cmc.codecs import parameter_sets
from cmc.codecs.base import Codec
from cmc.core.errors import CMCError, reason
from cmc.registry import CODECS

# Of an encoder of Pillow's.
Setting = int | str


class PillowCodec(Codec):
    """A format of Pillow's with the `options` of its encoder; a format overrides what of a file is sent.

    most_side: the longest side in pixels that its encoder takes.
    """

    file_format = ""
    most_side: int

    def __init__(self, **options: Setting) -> None:
        self._options = options

    def encode(self, image: Image.Image) -> bytes:
        if max(image.size) > self.most_side:
            limit = f"{self.file_format} holds sides up to {self.most_side:,} pixels"
            raise CMCError(f"{image.width}x{image.height}: {limit}; scale the image down, or take another codec")
        return self.strip(_to_file(image, self.file_format, self._options), image.size)

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        try:
            opened = Image.open(io.BytesIO(self.restore(stream, size)), formats=[self.file_format])
            # A damaged header may claim any size: look before decoding.
            if opened.size == size:
                return opened.convert("RGB")
        except CMCError:
            raise
        except Exception as error:  # Pillow's plugins raise any kind on rubbish
            raise CMCError(
                f"this {self.file_format} stream is damaged ({reason(error)}); encode the image anew"
            ) from error
        raise CMCError(f"this {self.file_format} stream is of {opened.size}, expected {size}; encode the image anew")

    def strip(self, file: bytes, size: tuple[int, int]) -> bytes:
        """What of a file is sent of a picture of `size`."""
        return file

    def restore(self, stream: bytes, size: tuple[int, int]) -> bytes:
        """The file whose `strip` is `stream`."""
        return stream


def _to_file(image: Image.Image, file_format: str, options: Mapping[str, Setting]) -> bytes:
    buffer = io.BytesIO()
    # Profiles and comments that came with the picture would travel in every stream.
    bare = image.copy()
    bare.info.clear()
    bare.save(buffer, file_format, **options)
    return buffer.getvalue()


class WebP(PillowCodec):
    """Without the RIFF header (20 bytes that follow from the length and the first byte of the payload) and the zeros
    that flush VP8's boolean coder, whose decoder reads zeros past the end of its data (RFC 6386, 7.3)."""

    file_format = "WEBP"
    most_side = 16_383
    # libwebp takes a payload that ends sooner for one that was cut off.
    _FLUSH = b"\0" * 8

    def strip(self, file: bytes, size: tuple[int, int]) -> bytes:
        length = struct.unpack("<I", file[16:20])[0]
        return file[20 : 20 + length].rstrip(b"\0")

    def restore(self, stream: bytes, size: tuple[int, int]) -> bytes:
        payload = stream + self._FLUSH
        padded = payload + b"\0" * (len(payload) % 2)
        chunk = b"VP8 " + struct.pack("<I", len(payload)) + padded
        return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


class Jpeg(PillowCodec):
    """Without what follows from quality and size: one byte, the quality, stands for JFIF, DQT and SOF segments."""

    file_format = "JPEG"
    most_side = 65_500  # libjpeg's; the format has room for 65,535

    def __init__(self, quality: int) -> None:
        super().__init__(**_jpeg_options(quality))
        self._quality = quality

    def strip(self, file: bytes, size: tuple[int, int]) -> bytes:
        start = self._start(self._quality, size)
        if not file.startswith(start):
            raise CMCError("this Pillow writes JPEG headers of another kind; install pillow within requirements.txt")
        return bytes([self._quality]) + file[len(start) : -2]

    def restore(self, stream: bytes, size: tuple[int, int]) -> bytes:
        if not stream:
            raise CMCError("this JPEG stream is empty; encode the image anew")
        return self._start(stream[0], size) + stream[1:] + b"\xff\xd9"

    def _start(self, quality: int, size: tuple[int, int]) -> bytes:
        """The file's start up to the end of its SOF2 segment, from a picture of one block: Annex K's tables scaled by
        the IJG's formula."""
        if quality > 100:
            raise CMCError("this JPEG stream is damaged: its quality is over 100; encode the image anew")
        small = _to_file(Image.new("RGB", (8, 8)), "JPEG", _jpeg_options(quality))
        frame = _segment(small, 0xC2)
        width, height = size
        return small[: frame + 5] + struct.pack(">HH", height, width) + small[frame + 9 : frame + 19]


def _segment(file: bytes, marker: int) -> int:
    """Where the segment of a marker begins; found by walking, since a table's bytes may look like a marker."""
    position = 2
    while file[position + 1] != marker:
        position += 2 + int.from_bytes(file[position + 2 : position + 4], "big")
    return position


def _jpeg_options(quality: int) -> dict[str, Setting]:
    return {"quality": quality, "subsampling": "4:2:0", "optimize": True, "progressive": True}


class Avif(PillowCodec):
    """With its boxes in few bytes."""

    file_format = "AVIF"
    most_side = 65_535

    def strip(self, file: bytes, size: tuple[int, int]) -> bytes:
        return parameter_sets.shorten("avif", file)

    def restore(self, stream: bytes, size: tuple[int, int]) -> bytes:
        return parameter_sets.restore("avif", stream)


@CODECS.register(
    "jpeg",
    needs=["PIL"],
    suffix=".jpgs",
    qp=(1, 100),
    standard="JPEG progressive, libjpeg-turbo, quality",
    counted="Huffman tables and scans; a byte for quantisation tables, frame header and JFIF",
)
def jpeg(qp: int = 1, **_: object) -> Codec:
    """JPEG at quality `qp`, 1 to 100."""
    return Jpeg(qp)


@CODECS.register(
    "webp",
    needs=["PIL"],
    suffix=".vp8",
    qp=(0, 100),
    standard="WebP, libwebp, method 6, quality",
    counted="the VP8 payload, without the RIFF header",
)
def webp(qp: int = 0, **_: object) -> Codec:
    """WebP at quality `qp`, 0 to 100."""
    return WebP(quality=qp, method=6)


@CODECS.register(
    "avif",
    needs=["PIL"],
    suffix=".avifs",
    qp=(0, 100),
    standard="AVIF, libaom in libavif, speed 6, quality",
    counted="the whole file, its boxes in few bytes",
)
def avif(qp: int = 0, **_: object) -> Codec:
    """AVIF at quality `qp`, 0 to 100."""
    return Avif(quality=qp, subsampling="4:2:0", speed=6, range="full", max_threads=1)
