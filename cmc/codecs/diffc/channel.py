"""Reverse channel coding: a sample of N(mean, I) sent as the number of one of the candidates that both sides draw from
N(0, I) (Poisson functional representation, Theis and Yosri, arXiv 2110.12805; candidates beyond an index's places are
left out, as upstream leaves them).

A step has one book of candidates for all its chunks, with signs by dimension, and not a book a chunk: a small part of
the random numbers for the same bits and pictures. Rows are drawn in blocks, each from a seed of its own, so that a
decoder draws few. All of it comes from the CPU's generator in fp32 (upstream: from the device's), for a GPU's gives
other numbers, and is seeded by step and block alone; no number of candidates times dimensions is ever formed (upstream
wrapped at 2^31).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from cmc.codecs.diffc.chunks import partition
from cmc.core.seeds import seed_for

# Of what both sides draw.
SEED = 0
# Rows of a book in a block.
ROWS = 128


def generator(use: str) -> torch.Generator:
    """The CPU's, seeded for one use."""
    return torch.Generator("cpu").manual_seed(seed_for(SEED, use))


@dataclass(frozen=True)
class Channel:
    """Of step number `step`, over latents of `dims` numbers; sizes: bits of each chunk's index, the longest first."""

    step: int
    dims: int
    sizes: tuple[int, ...]

    def encode(self, mean: Tensor) -> list[int]:
        """An index a chunk for a mean, float32 (dims,): of the first arrival of a Poisson process that is thinned by
        how likely its candidate is. Upstream leaves the process unseeded; here a picture always has the same bytes."""
        means = _with_none(mean * self._signs)[self._places].T
        earliest, indices = torch.full((len(self.sizes),), torch.inf), torch.zeros(len(self.sizes), dtype=torch.long)
        for number, arrivals in enumerate(self._arrivals()):
            lateness, rows = (arrivals.log() - self._block(number) @ means).min(dim=0)
            earlier = lateness < earliest
            earliest = torch.where(earlier, lateness, earliest)
            indices = torch.where(earlier, number * ROWS + rows, indices)
        return indices.tolist()

    def decode(self, indices: Sequence[int]) -> Tensor:
        """The sample, float32 (dims,), of an index a chunk."""
        blocks = {number: self._block(number) for number in {index // ROWS for index in indices}}
        sample = torch.empty(self.dims + 1)
        sample[self._places] = torch.stack([blocks[index // ROWS][index % ROWS] for index in indices])
        return sample[: self.dims] * self._signs

    @cached_property
    def _places(self) -> Tensor:
        """int64 (chunks, widest): the dimensions of each chunk, padded with `dims`, of which there is none."""
        chunks = partition(self.dims, self.sizes, self.step)
        ends = np.cumsum(np.bincount(chunks, minlength=len(self.sizes)))[:-1]
        parts = [torch.from_numpy(part) for part in np.split(chunks.argsort(kind="stable"), ends)]
        return torch.nn.utils.rnn.pad_sequence(parts, batch_first=True, padding_value=self.dims)

    @cached_property
    def _signs(self) -> Tensor:
        bits = torch.randint(0, 2, (self.dims,), generator=generator(f"signs {self.step}"))
        return bits * 2.0 - 1

    def _block(self, number: int) -> Tensor:
        """float32 (ROWS, widest): rows of the book."""
        return torch.randn(ROWS, self._places.shape[1], generator=generator(f"book {self.step} {number}"))

    def _arrivals(self) -> Iterator[Tensor]:
        """float32 (ROWS, chunks), block by block: when candidates arrive, never of those that an index has no place
        for."""
        source, past = generator(f"arrivals {self.step}"), torch.zeros(len(self.sizes))
        ends = 1 << torch.tensor(self.sizes)
        for start in range(0, 1 << self.sizes[0], ROWS):
            times = past + torch.empty(ROWS, len(self.sizes)).exponential_(generator=source).cumsum(dim=0)
            past = times[-1]
            yield times.where(start + torch.arange(ROWS)[:, None] < ends, torch.inf)


def _with_none(values: Tensor) -> Tensor:
    return torch.nn.functional.pad(values, (0, 1))
