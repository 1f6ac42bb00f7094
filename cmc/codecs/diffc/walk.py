"""The way of a stream from noise to its last level, which encoder and decoder go alike.

Every chunk is worth 10 bits by convention, and a step three chunks, or a sixteenth of those before it: levels lie where
that many bits are due, picture by picture, and the stream says where, in about 1.3 bits a step. On 6 drawn scenes of
64x64 with `models/tiny/diffusion`, four chunks a step, down to level 100, that took 540 bits of indices and 20 of
levels; fixed levels and a list of what steps to them cost, made of the same 6, took 542, at 23.9 dB both. Such a list,
which upstream has, is of one model, one size and no picture in particular, so levels are sent.
"""

import math
from dataclasses import dataclass

from torch import Tensor

from cmc.codecs.diffc.channel import Channel
from cmc.codecs.diffc.chunks import index_sizes
from cmc.codecs.diffc.gaussians import Step
from cmc.codecs.diffc.schedule import Schedule

# Bits of a chunk's index, and how many of them are beyond what the chunk is worth. 16 instead of 12 make streams up to
# 4 % smaller and take ten times as long.
LONGEST, PADDING = 12, 2
# Chunks of a step at least; past the sixteenth step of that size, a share of the chunks before.
_LEAST, _SHARE = 3, 16
# Dimensions that a chunk has at least: with fewer, the signs of two chunks that share a book may be the same.
_WIDTH = 16
# How many rungs a step may go down: half octaves, so that its bits come within a fifth of what they should be.
MOVES = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256)


@dataclass
class Walk:
    """Where both sides are: the noisy latent, the place among the rungs, steps and chunks so far."""

    schedule: Schedule
    noisy: Tensor
    rung: int = 0
    steps: int = 0
    chunks: int = 0

    @property
    def level(self) -> int:
        return self.schedule.rungs[self.rung]

    def level_after(self, move: int) -> int | None:
        """After a move, by its place in MOVES; None where there are not so many rungs."""
        rung = self.rung + MOVES[move]
        return self.schedule.rungs[rung] if rung < len(self.schedule.rungs) else None

    def step(self, level: int) -> Step:
        """To a level."""
        return Step(self.schedule.alpha(self.level), self.schedule.alpha(level))

    def channel(self) -> Channel:
        """Of the step to come, whatever its level."""
        dims = self.noisy.numel()
        chunks = max(1, min(max(_LEAST, self.chunks // _SHARE), dims // _WIDTH))
        sizes = index_sizes(chunks * (LONGEST - PADDING), LONGEST, PADDING)
        return Channel(self.steps, dims, tuple(sizes))

    def best_move(self, error: float) -> int | None:
        """The place in MOVES of what comes nearest to the bits due, for a prediction that is off by a sum of squares;
        None at the end of the rungs."""
        due = (LONGEST - PADDING) * len(self.channel().sizes)
        levels = [(move, self.level_after(move)) for move in range(len(MOVES))]
        bits = {move: self.step(level).bits(error) for move, level in levels if level is not None}
        return min(bits, key=lambda move: abs(math.log(max(bits[move], 1e-9) / due)), default=None)

    def go(self, move: int, clean: Tensor, sample: Tensor, chunks: int) -> None:
        """A step by a sample, float32 (dims,), around the prior of a predicted clean latent."""
        level = self.level_after(move)
        assert level is not None
        step = self.step(level)
        self.noisy = step.mean(clean, self.noisy) + step.std * sample.reshape(clean.shape)
        self.rung, self.steps, self.chunks = self.rung + MOVES[move], self.steps + 1, self.chunks + chunks
