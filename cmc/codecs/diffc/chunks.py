"""How a step's bits and dimensions are cut into chunks, each sent by an index of its own (upstream's rules)."""

from collections.abc import Sequence

import numpy as np


def index_sizes(bits: int, longest: int, padding: int) -> list[int]:
    """Bits of each chunk's index, the longer first, for a step that is worth `bits`: as few chunks as do, of `longest`
    at most, each with `padding` beyond its share."""
    count = max(1, -(-bits // (longest - padding)))
    each, longer = divmod(bits + padding * count, count)
    return [each + 1] * longer + [each] * (count - longer)


def partition(dims: int, sizes: Sequence[int], seed: int) -> np.ndarray:
    """int (dims,): the chunk of each dimension, shuffled; dimensions are shared out by the indices' sizes, and the last
    chunk has what is left."""
    counts = [dims * size // sum(sizes) for size in sizes]
    counts[-1] = dims - sum(counts[:-1])
    chunks = np.repeat(np.arange(len(sizes)), counts)
    np.random.default_rng(seed).shuffle(chunks)
    return chunks
