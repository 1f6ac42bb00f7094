"""Parameter sets and container boxes in few bytes: they are nearly the same for every picture.

A stream becomes `n`, n bytes, body: the n bytes are what stands before the body, deflated against the same of common
sizes in parameter_sets.json (raw DEFLATE, RFC 1951, preset dictionary). So a size or an encoder's version that the file
does not know costs a few bytes more and comes back to the byte all the same. A stream whose first byte is 0 is taken as
it is, so that whole Annex B files (.265 of another encoder, say) decode too.
The file's dictionaries are part of the format: `python -m tools.parameter_sets` made them; never change one in use.
"""

import json
import re
import zlib
from importlib.resources import files

from cmc.core.errors import CMCError
from cmc.core.once import once

# Far beyond any parameter sets; what a hostile stream may make of 255 bytes stops here.
MAX_PARAMETERS = 1 << 14
# What a stream's body follows: the start of its first unit that is neither parameter set nor delimiter nor box.
BODIES = {
    "vvc": re.compile(rb"\x00\x00\x01\x00(?![\x71\x79\x81\xa1])"),
    "hevc": re.compile(rb"\x00\x00\x01(?![\x40\x42\x44])"),
    "avc": re.compile(rb"\x00\x00\x01(?![\x67\x68])"),
    "av1": re.compile(rb"\x32"),
    "avif": re.compile(rb"mdat"),
}


def shorten(codec: str, stream: bytes) -> bytes:
    """A stream with its parameter sets deflated; with none split off where they take over 255 bytes."""
    body = BODIES[codec].search(stream)
    for end in (body.end() if body else 0, 0):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_dictionary(codec))
        parameters = packer.compress(stream[:end]) + packer.flush()
        if len(parameters) < 256:
            break
    return bytes([len(parameters)]) + parameters + stream[end:]


def restore(codec: str, stream: bytes) -> bytes:
    """The stream that was shortened. Raises CMCError for a damaged one."""
    length = stream[0] if stream else 0
    if not length:
        return stream
    unpacker = zlib.decompressobj(-15, zdict=_dictionary(codec))
    try:
        parameters = unpacker.decompress(stream[1 : 1 + length], MAX_PARAMETERS)
    except zlib.error as error:
        raise CMCError(f"the head of this {codec} stream is damaged ({error}); encode the image anew") from error
    return parameters + stream[1 + length :]


@once
def _dictionary(codec: str) -> bytes:
    # The last bytes of a dictionary are the cheapest to point at: the most common size stands last.
    return bytes.fromhex("".join(_tables()[codec]))


@once
def _tables() -> dict[str, list[str]]:
    return json.loads(files(__package__).joinpath("parameter_sets.json").read_text(encoding="ascii"))
