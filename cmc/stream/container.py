"""The `.cmc` file: header, caption, reference; and the bytes that each takes.

The caption comes first, with its length before it where a reference follows; the last part needs no length.
"""

from dataclasses import dataclass

import numpy as np

from cmc.codecs import pixelgrid
from cmc.core.errors import CMCError
from cmc.core.modes import Mode
from cmc.stream import caption_coder, grid_coder, word_table
from cmc.stream import header as header_bytes
from cmc.stream.caption_coder import TextCoder
from cmc.stream.header import Header


@dataclass(frozen=True)
class Stream:
    """What the decoder gets of one image.

    size: GT (width, height); text: the caption, "" in image mode; grid: levels 0..15, uint8 (rows, columns, 3), in
    pixel mode; codec and picture: name and bytes of the codec stream in full and image mode.
    """

    mode: Mode
    size: tuple[int, int]
    text: str = ""
    grid: np.ndarray | None = None
    codec: str = ""
    picture: bytes = b""


@dataclass(frozen=True)
class Parts:
    """A file taken apart and not yet decoded; `length` is the bytes that say how long the caption is."""

    header: Header
    length: bytes
    text: bytes
    reference: bytes

    def size(self) -> int:
        """Bytes of the file."""
        return sum(self.ledger().values())

    def ledger(self) -> dict[str, int]:
        """Bytes of header, text (with its length), pixels and codec, which sum to the file's size."""
        folder, length = self.header.mode.reference, len(self.reference)
        return {
            "header": header_bytes.LENGTH,
            "text": len(self.length) + len(self.text),
            "pixels": length if folder == "pixel" else 0,
            "codec": length if folder == "image" else 0,
        }


def pack(stream: Stream, coder: TextCoder | None = None) -> bytes:
    """A stream as a file's bytes, its caption by the shortest coder or by `coder`. Raises CMCError for what does
    not fit."""
    parts = encode_parts(stream, coder)
    return header_bytes.write(parts.header, parts.length + parts.text + parts.reference)


def encode_parts(stream: Stream, coder: TextCoder | None = None) -> Parts:
    """The parts of a stream's file, which a codec that the format has no number for may have too: its bits count as
    any other's. Raises CMCError for what does not fit."""
    text_coder, text = caption_coder.encode(stream.text if stream.mode.captioned else "", coder)
    reference_coder, reference = _encode_reference(stream)
    table = word_table.VERSION if text_coder is TextCoder.WORDS else 0
    length = _varint(len(text)) if text_coder and stream.mode.reference else b""
    return Parts(Header(stream.mode, stream.size, text_coder, table, reference_coder), length, text, reference)


def _encode_reference(stream: Stream) -> tuple[str, bytes]:
    if stream.grid is None:
        return stream.codec, stream.picture
    columns, rows = pixelgrid.grid_size(stream.size)
    if stream.grid.shape != (rows, columns, 3):
        raise CMCError(f"expected a grid of {columns}x{rows} pixels, found {stream.grid.shape[1::-1]}; make it anew")
    raw, coded = pixelgrid.pack(stream.grid), grid_coder.encode(stream.grid)
    return ("raw", raw) if len(raw) <= len(coded) else ("predicted", coded)


def split(data: bytes) -> Parts:
    """A file's parts, undecoded. Raises CMCError for what `pack` cannot have written."""
    header, body = header_bytes.read(data)
    if not (header.text and header.mode.reference):
        caption, reference = (body, b"") if header.text else (b"", body)
        return Parts(header, b"", caption, reference)
    length, start = _read_varint(body)
    if length > len(body) - start:
        raise CMCError(f"expected a caption of {length} bytes, found {len(body) - start}; fetch the file again")
    return Parts(header, body[:start], body[start : start + length], body[start + length :])


def unpack(data: bytes) -> Stream:
    """The stream of a file's bytes. Raises CMCError for what `pack` cannot have written."""
    parts = split(data)
    header = parts.header
    caption = caption_coder.decode(header.text, parts.text, header.table)
    if header.text and not caption:
        raise CMCError("an empty caption is coded as words; this is no stream of this toolkit")
    if header.mode.reference == "pixel":
        return Stream(header.mode, header.size, caption, grid=_decode_grid(header, parts.reference))
    if bool(parts.reference) != bool(header.mode.reference):
        raise CMCError(f"{len(parts.reference)} bytes of picture in {header.mode.name} mode; fetch the file again")
    return Stream(header.mode, header.size, caption, codec=header.reference, picture=parts.reference)


def _decode_grid(header: Header, data: bytes) -> np.ndarray:
    if header.reference == "raw":
        return pixelgrid.unpack(data, header.size)
    return grid_coder.decode(data, *pixelgrid.grid_size(header.size))


def _varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])


def _read_varint(data: bytes) -> tuple[int, int]:
    """(number, bytes it took); a caption's length takes at most three."""
    number = 0
    for place, byte in enumerate(data[:3]):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, place + 1
    raise CMCError("the caption's length is damaged; fetch the file again")
