"""The codec stream in a file: of a learned codec, the 4 bytes that tell its weights, then the stream; of another, the
stream alone."""

from cmc.core.errors import CMCError
from cmc.stream.header import CODEC_NUMBERS, LEARNED_NUMBERS
from cmc.stream.stream import Stream

WEIGHTS = 4


def encode(stream: Stream) -> bytes:
    """A stream's picture as bytes. Raises CMCError for a learned codec without its weights' 4 bytes, and for another
    codec with some."""
    known = stream.codec in CODEC_NUMBERS or stream.codec in LEARNED_NUMBERS
    expected = WEIGHTS if stream.codec in LEARNED_NUMBERS else 0
    if known and len(stream.weights) != expected:
        raise CMCError(f"expected {expected} bytes that tell {stream.codec}'s weights, found {len(stream.weights)}")
    return stream.weights + stream.picture


def decode(codec: str, data: bytes) -> tuple[bytes, bytes]:
    """(weights, picture) of a codec's part."""
    end = WEIGHTS if codec in LEARNED_NUMBERS else 0
    return data[:end], data[end:]
