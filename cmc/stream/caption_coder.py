"""A caption as bytes by whichever coder is shortest."""

from enum import IntEnum

from cmc.core.errors import CMCError
from cmc.stream import word_model, word_table

# Far beyond any caption; what a damaged or hostile stream may make of a few bytes stops here.
MAX_BYTES = 1 << 16


class TextCoder(IntEnum):
    """How a caption is coded; the numbers are those in the header."""

    NONE = 0
    RAW = 1
    BROTLI = 2
    WORDS = 3


def encode(text: str, coder: TextCoder | None = None) -> tuple[TextCoder, bytes]:
    """(coder, bytes) of a caption, by the shortest coder or the one asked for; the empty caption takes no byte.

    Raises CMCError past 65,536 bytes of UTF-8, and for half a surrogate pair, which is no text.
    """
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CMCError(f"the caption is not valid Unicode ({error}); save its file as UTF-8") from error
    if len(raw) > MAX_BYTES:
        raise CMCError(f"the caption has {len(raw):,} bytes, expected at most {MAX_BYTES:,}; shorten it")
    if not text:
        return TextCoder.NONE, b""
    if coder:
        return coder, _encode(coder, text, raw)
    coders = [TextCoder.RAW, TextCoder.BROTLI, TextCoder.WORDS]
    streams = {coder: _encode(coder, text, raw) for coder in coders}
    return min(streams.items(), key=lambda item: len(item[1]))


def _encode(coder: TextCoder, text: str, raw: bytes) -> bytes:
    import brotli

    if coder is TextCoder.WORDS:
        return word_model.encode(text)
    if coder is TextCoder.BROTLI:
        return brotli.compress(raw, mode=brotli.MODE_TEXT, quality=11)
    return raw


def decode(coder: TextCoder, data: bytes, version: int = word_table.VERSION) -> str:
    """The caption of `encode`'s bytes. Raises CMCError for others and for a caption that is too long."""
    if coder is TextCoder.WORDS:
        text = word_model.decode(data, MAX_BYTES, version)
        if len(text.encode("utf-8")) > MAX_BYTES:
            raise _too_long()
        return text
    raw = _unbrotli(data) if coder is TextCoder.BROTLI else data
    if len(raw) > MAX_BYTES:
        raise _too_long()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CMCError(f"the caption is not UTF-8 ({error.reason}); fetch the file again") from error


def _unbrotli(data: bytes) -> bytes:
    import brotli

    decompressor = brotli.Decompressor()
    try:
        raw = decompressor.process(data, output_buffer_limit=MAX_BYTES + 1)
        if len(raw) <= MAX_BYTES and not decompressor.is_finished():
            raise CMCError("the caption's Brotli stream ends too early; fetch the file again")
    except brotli.error as error:
        raise CMCError(f"the caption's Brotli stream is damaged ({error}); fetch the file again") from error
    return raw


def _too_long() -> CMCError:
    return CMCError(f"the caption is longer than {MAX_BYTES:,} bytes; this is no stream of this toolkit")
