"""The codec stream in a file: a byte that says which codec it is of, where the header has no room for its number; of a
learned codec, the 4 bytes that tell its weights; then the stream."""

from dataclasses import replace

from cmc.core.errors import CMCError
from cmc.stream.header import CODEC_NUMBERS, FOLLOWS, LEARNED_NUMBERS, MAX_FIELD, Header
from cmc.stream.stream import Stream

WEIGHTS = 4


def numbering(codec: str) -> bytes:
    """The byte that says which codec it is; none where the header does."""
    number = LEARNED_NUMBERS.get(codec, 0)
    return bytes([number]) if number > MAX_FIELD else b""


def encode(stream: Stream) -> bytes:
    """A stream's picture as bytes. Raises CMCError for a learned codec without its weights' 4 bytes, and for another
    codec with some."""
    known = stream.codec in CODEC_NUMBERS or stream.codec in LEARNED_NUMBERS
    expected = WEIGHTS if stream.codec in LEARNED_NUMBERS else 0
    if known and len(stream.weights) != expected:
        raise CMCError(f"expected {expected} bytes that tell {stream.codec}'s weights, found {len(stream.weights)}")
    return numbering(stream.codec) + stream.weights + stream.picture


def named(header: Header, data: bytes) -> Header:
    """A header with the codec's name, which its part states where the header has no room. Raises CMCError for a number
    that this toolkit lacks."""
    if header.reference != FOLLOWS:
        return header
    names = {numbering(codec): codec for codec, number in LEARNED_NUMBERS.items() if number > MAX_FIELD}
    if data[:1] not in names:
        found = f"coder {data[0]}, which this toolkit lacks; update cmc" if data else "no coder; fetch the file again"
        raise CMCError(f"the stream's reference has {found}")
    return replace(header, reference=names[data[:1]])


def decode(codec: str, data: bytes) -> tuple[bytes, bytes]:
    """(weights, picture) of a codec's part."""
    start = len(numbering(codec))
    end = start + (WEIGHTS if codec in LEARNED_NUMBERS else 0)
    return data[start:end], data[end:]
