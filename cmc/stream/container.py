"""The `.cmc` file: header, text, maps, reference; and the bytes that each takes.

The text comes first, with its length before it where a reference follows, and in version 2 maps (`map_part`) between
the two; the last part, the reference (`pixel_part`, `codec_part`), needs no length.
"""

from dataclasses import dataclass

from cmc.core.errors import CMCError
from cmc.core.modes import Mode
from cmc.stream import caption_coder, codec_part, map_part, pixel_part, word_table
from cmc.stream import header as header_bytes
from cmc.stream.caption_coder import TextCoder
from cmc.stream.header import FIRST, Header
from cmc.stream.stream import Stream


@dataclass(frozen=True)
class Parts:
    """A file taken apart and not yet decoded; `length` is the bytes that say how long the text is."""

    header: Header
    length: bytes
    text: bytes
    maps: bytes
    reference: bytes

    def size(self) -> int:
        """Bytes of the file."""
        return sum(self.ledger().values())

    def ledger(self) -> dict[str, int]:
        """Bytes of header, text (with its length), maps, pixels and codec, which sum to the file's size."""
        folder, length = self.header.mode.reference, len(self.reference)
        return {
            "header": header_bytes.LENGTH,
            "text": len(self.length) + len(self.text),
            "maps": len(self.maps),
            "pixels": length if folder == "pixel" else 0,
            "codec": length if folder == "image" else 0,
        }


def pack(stream: Stream, coder: TextCoder | None = None) -> bytes:
    """A stream as a file's bytes, its text by the shortest coder or by `coder`. Raises CMCError for what does not
    fit."""
    parts = encode_parts(stream, coder)
    return header_bytes.write(parts.header, parts.length + parts.text + parts.maps + parts.reference)


def encode_parts(stream: Stream, coder: TextCoder | None = None) -> Parts:
    """The parts of a stream's file, which a codec that the format has no number for may have too: its bits count as
    any other's. Raises CMCError for what does not fit."""
    stream.check()
    text_coder, text = caption_coder.encode(stream.sent.text if stream.mode.captioned else "", coder)
    reference_coder, reference = _encode_reference(stream)
    table = word_table.VERSION if text_coder is TextCoder.WORDS else 0
    length = _varint(len(text)) if text_coder and stream.mode.reference else b""
    header = Header(stream.mode, stream.size, text_coder, table, reference_coder, stream.version)
    maps = map_part.encode(len(stream.details), stream.maps) if _has_maps(header) else b""
    return Parts(header, length, text, maps, reference)


def sent_size(text: str) -> int:
    """Bytes of a caption, and of its length, in a file where a reference follows it."""
    _, coded = caption_coder.encode(text, None)
    return len(_varint(len(coded))) + len(coded)


def _encode_reference(stream: Stream) -> tuple[str, bytes]:
    if stream.grid is None:
        return stream.codec, codec_part.encode(stream)
    return pixel_part.encode(stream, stream.grid)


def _has_maps(header: Header) -> bool:
    """Whether a file says how many details and maps it has."""
    return header.version > FIRST and _is_followed(header)


def _is_followed(header: Header) -> bool:
    """Whether a reference follows a text."""
    return bool(header.text and header.mode.reference)


def split(data: bytes) -> Parts:
    """A file's parts, undecoded. Raises CMCError for what `pack` cannot have written."""
    header, body = header_bytes.read(data)
    if not _is_followed(header):
        text, reference = (body, b"") if header.text else (b"", body)
        return Parts(codec_part.named(header, reference), b"", text, b"", reference)
    length, start = _read_varint(body)
    if length > len(body) - start:
        raise CMCError(f"expected a caption of {length} bytes, found {len(body) - start}; fetch the file again")
    end = start + length
    maps = end + map_part.length(body[end:]) if _has_maps(header) else end
    reference = body[maps:]
    return Parts(codec_part.named(header, reference), body[:start], body[start:end], body[end:maps], reference)


def unpack(data: bytes) -> Stream:
    """The stream of a file's bytes. Raises CMCError for what `pack` cannot have written."""
    parts = split(data)
    header = parts.header
    text = caption_coder.decode(header.text, parts.text, header.table)
    if header.text and not text:
        raise CMCError("an empty caption is coded as words; this is no stream of this toolkit")
    stream = _decode(header.mode, parts, text)
    stream.check()
    if stream.version != header.version:
        raise CMCError(f"version {header.version} holds nothing that needs it; this is no stream of this toolkit")
    return stream


def _decode(mode: Mode, parts: Parts, text: str) -> Stream:
    header, size = parts.header, parts.header.size
    sent, maps = map_part.split_text(text, map_part.details(parts.maps)), map_part.decode(parts.maps)
    if mode.reference == "pixel":
        grid, geometry = pixel_part.decode(header.reference, parts.reference, size, header.version)
        return Stream(mode, size, sent.overall, grid, details=sent.details, maps=maps, geometry=geometry)
    weights, picture = codec_part.decode(header.reference, parts.reference)
    if bool(picture) != bool(mode.reference):
        raise CMCError(f"{len(picture)} bytes of picture in {mode.name} mode; fetch the file again")
    return Stream(
        mode,
        size,
        sent.overall,
        codec=header.reference,
        picture=picture,
        details=sent.details,
        maps=maps,
        weights=weights,
    )


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
