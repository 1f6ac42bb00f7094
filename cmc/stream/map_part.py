"""Details and maps in a file of version 2.

    byte 0     details (3 bits, 0 to 3), bytes of maps (5)
    from 1     a map of each detail, by `map_coder`

The details themselves are the first lines of the text, which is coded as one with the description of the whole.
"""

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.items import MOST_ITEMS, SentText
from cmc.stream import map_coder

_LENGTHS = 32


def encode(details: int, maps: np.ndarray | None) -> bytes:
    """A map of each detail, bool (details, 8, 8), as bytes. Raises CMCError for more than three."""
    if details > MOST_ITEMS:
        raise CMCError(f"a stream holds {MOST_ITEMS} details at most, found {details}; leave some out")
    coded = b"" if maps is None else map_coder.encode(maps)
    return bytes([details * _LENGTHS + len(coded)]) + coded


def length(data: bytes) -> int:
    """Bytes of the part at the start of `data`. Raises CMCError where they are not all there."""
    end = 1 + data[0] % _LENGTHS if data else 1
    if len(data) < end or data[0] // _LENGTHS > MOST_ITEMS:
        raise CMCError("the maps of items are damaged; fetch the file again")
    return end


def details(data: bytes) -> int:
    """How many details a part says that there are, none for no bytes."""
    return data[0] // _LENGTHS if data else 0


def decode(data: bytes) -> np.ndarray | None:
    """The maps of `encode`'s bytes, bool (details, 8, 8), None for none. Raises CMCError for other bytes."""
    maps = map_coder.decode(data[1:], details(data))
    return maps if len(maps) else None


def split_text(text: str, count: int) -> SentText:
    """`count` details, a line each, and what follows them. Raises CMCError for fewer lines."""
    *first, overall = text.split("\n", count)
    if len(first) != count:
        raise CMCError(f"expected {count} details before the description, found {len(first)}; fetch the file again")
    return SentText(tuple(first), overall)
