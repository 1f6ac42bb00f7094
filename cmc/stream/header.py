"""The first 8 bytes of a `.cmc` file, in both versions.

    byte 0     0xC0 + version of the format: 1 or 2
    byte 1     mode (2 bits), caption coder (2), version of the word table (4; 0 without it)
    bytes 2-5  big endian: reference coder (4 bits), width - 1 (14), height - 1 (14)
    bytes 6-7  CRC-16 (CCITT) of every other byte of the file

Version 2 is written where a stream has what version 1 has no room for: details and maps, a pixel grid that is not the
benchmark's, a learned codec. These stand after the header (`container`), which is as long as before. There the number
0 of a codec means that its part begins with a byte that says which (`codec_part`).

The CRC finds every altered run of up to 16 bits, and all but 1 in 65,536 other alterations and truncations.
"""

import binascii
from dataclasses import dataclass

from cmc.core.errors import CMCError
from cmc.core.modes import MODES, Mode
from cmc.stream.caption_coder import TextCoder

MAGIC = 0xC0
FIRST, SECOND = VERSIONS = (1, 2)
LENGTH = 8
MAX_SIDE = 1 << 14
# The numbers are part of the format: add to these, change none.
MODE_NUMBERS = {"full": 0, "image": 1, "pixel": 2, "text": 3}
CODEC_NUMBERS = {"vvc": 1, "hevc": 2, "avc": 3, "av1": 4, "jpegxl": 5, "webp": 6, "jpeg": 7, "avif": 8}
# Of version 2 alone: their streams say which weights they were made with. From 16 on the number has a byte of its own.
LEARNED_NUMBERS = {
    "bmshj2018-hyperprior": 9,
    "mbt2018-mean": 10,
    "mbt2018": 11,
    "cheng2020-anchor": 12,
    "cheng2020-attn": 13,
    "cdc-x": 14,
    "cdc-eps": 15,
    "diffc": 16,
}
MAX_FIELD = 15
# The name of a codec whose number is still to be read.
FOLLOWS = "a number that follows"
GRID_NUMBERS = {"raw": 0, "predicted": 1}


@dataclass(frozen=True)
class Header:
    """What a file holds: mode, GT `size` (width, height), and how caption and reference are coded.

    reference: name of the codec in full and image mode (FOLLOWS: its part says which), of the grid's coder in pixel
    mode, "" in text mode.
    """

    mode: Mode
    size: tuple[int, int]
    text: TextCoder
    table: int
    reference: str
    version: int = FIRST


def references(mode: Mode, version: int) -> dict[str, int]:
    """Numbers of the reference coders that a mode may have."""
    codecs = CODEC_NUMBERS if version == FIRST else CODEC_NUMBERS | LEARNED_NUMBERS
    return {"image": codecs, "pixel": GRID_NUMBERS}.get(mode.reference or "", {"": 0})


def write(header: Header, body: bytes) -> bytes:
    """A whole file. Raises CMCError for a size or a codec that the format has no room for."""
    (width, height), numbers = header.size, references(header.mode, header.version)
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise CMCError(f"{width}x{height}: a stream holds sides of 1 to {MAX_SIDE:,} pixels; scale the image down")
    if header.reference not in numbers:
        raise CMCError(f"the stream has no number for codec {header.reference!r}; it has {', '.join(numbers)}")
    second = MODE_NUMBERS[header.mode.name] << 6 | header.text << 4 | header.table
    number = numbers[header.reference]
    numbers_and_size = (number if number <= MAX_FIELD else 0) << 28 | (width - 1) << 14 | (height - 1)
    start = bytes([MAGIC | header.version, second]) + numbers_and_size.to_bytes(4, "big")
    return start + _check(start, body) + body


def read(data: bytes) -> tuple[Header, bytes]:
    """(header, body) of a file. Raises CMCError for a foreign, truncated or altered one."""
    if not data or data[0] & 0xF0 != MAGIC:
        raise CMCError("this is no .cmc stream; make one with cmc pack")
    if data[0] & 0x0F not in VERSIONS:
        raise CMCError(f"expected a .cmc stream of version {FIRST} or {SECOND}, found {data[0] & 0x0F}; update cmc")
    start, check, body = data[:6], data[6:LENGTH], data[LENGTH:]
    if _check(start, body) != check:
        raise CMCError("the stream is truncated or altered: its checksum does not match; fetch the file again")
    return _parse(start), body


def _check(start: bytes, body: bytes) -> bytes:
    return binascii.crc_hqx(body, binascii.crc_hqx(start, 0xFFFF)).to_bytes(2, "big")


def _parse(start: bytes) -> Header:
    version, mode = start[0] & 15, MODES[list(MODE_NUMBERS)[start[1] >> 6]]
    text, table = TextCoder(start[1] >> 4 & 3), start[1] & 15
    packed = int.from_bytes(start[2:], "big")
    names = {number: name for name, number in references(mode, version).items()}
    if mode.reference == "image" and version > FIRST:
        names[0] = FOLLOWS
    if packed >> 28 not in names:
        raise CMCError(f"the stream's reference has coder {packed >> 28}, which this toolkit lacks; update cmc")
    if (text and not mode.captioned) or bool(table) != (text is TextCoder.WORDS):
        raise CMCError(f"the header contradicts itself in {mode.name} mode; this is no stream of this toolkit")
    size = ((packed >> 14 & MAX_SIDE - 1) + 1, (packed & MAX_SIDE - 1) + 1)
    return Header(mode, size, text, table, names[packed >> 28], version)
