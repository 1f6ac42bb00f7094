"""What both sides must have the same: a short digest, at the start of a stream, that refuses what would decode to
noise."""

import hashlib
from functools import cache

import torch

from cmc.codecs.diffc.channel import generator
from cmc.codecs.diffc.chunks import partition
from cmc.codecs.diffc.network import Model

# Of the stream: of books, conventions and tables. Raise it with any of them.
VERSION = 1
LENGTH = 2


def agreement(model: Model, caption: str, size: tuple[int, int], body: bytes) -> bytes:
    """2 bytes that tell a stream's weights, levels, version, generators, caption, size and bytes from others, but for
    one in 65,536."""
    digest = hashlib.sha256(f"{VERSION} {size} {model.schedule.rungs}\n".encode())
    for part in (model.weights, _draws(), caption.encode(), body):
        digest.update(hashlib.sha256(part).digest())
    return digest.digest()[:LENGTH]


@cache
def _draws() -> bytes:
    """What the generators draw here: whole numbers, an order, and the signs of normal numbers, whose last digits may
    differ by machine."""
    source = generator("agreement")
    numbers = torch.randint(0, 1 << 31, (16,), generator=source).tolist()
    signs = (torch.randn(64, 64, generator=source)[::16, ::16] > 0).flatten().tolist()
    return repr((numbers, signs, partition(64, (12, 12, 12), 0).tolist())).encode()
