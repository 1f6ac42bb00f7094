"""CDC's denoiser: a UNet over the noisy picture that reads the decoded contexts in its first four levels."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from cmc.codecs.cdc.compressor import CHANNELS
from cmc.codecs.cdc.layers import ChannelNorm, Downsample, ResnetBlock, Upsample
from cmc.weights.checkpoint import State, build_network, shape_of

_LEVELS, _CONTEXTS, _LARGE = 6, 4, 7


class LinearAttention(nn.Module):
    """One head of attention, its keys normalised over the places: linear in their number."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.to_qkv = nn.Conv2d(width, 3 * width, 1, bias=False)
        self.to_out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.to_qkv(x).flatten(2).chunk(3, dim=1)
        context = key.softmax(dim=-1) @ value.mT
        read = context.mT @ (query * query.shape[1] ** -0.5)
        return self.to_out(read.unflatten(2, x.shape[2:]))


class Normed(nn.Module):
    """The attention after its norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fn = LinearAttention(width)
        self.norm = ChannelNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fn(self.norm(x))


class ResidualAttention(nn.Module):
    """The normed attention, and what goes past it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fn = Normed(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.fn(x)


class UNet(nn.Module):
    """`widths` of the six levels, `contexts` of what the first four read. Sides are multiples of 32."""

    def __init__(self, widths: Sequence[int], contexts: Sequence[int], time: int) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(nn.Linear(1, 4 * time), nn.GELU(), nn.Linear(4 * time, time))
        read = [*contexts, *[0] * (len(widths) - len(contexts))]
        self.downs = nn.ModuleList(
            _level(before + context, after, time, None if level == len(widths) - 1 else Downsample(after), not level)
            for level, ((before, after), context) in enumerate(zip(pairwise((CHANNELS, *widths)), read))
        )
        self.ups = nn.ModuleList(
            _level(2 * before, after, time, Upsample(after, after)) for before, after in pairwise(reversed(widths))
        )
        self.mid_block1 = ResnetBlock(widths[-1], widths[-1], time=time)
        self.mid_attn = ResidualAttention(widths[-1])
        self.mid_block2 = ResnetBlock(widths[-1], widths[-1], time=time)
        self.final_conv = nn.Sequential(ChannelNorm(widths[0]), nn.Conv2d(widths[0], CHANNELS, _LARGE, padding=3))

    def forward(self, noisy: Tensor, time: Tensor, contexts: Sequence[Tensor]) -> Tensor:
        """The prediction for a noisy picture (batch, 3, height, width) at a time (batch,) from 0 to 1."""
        embedding = self.time_mlp(time[:, None])
        x, skips = noisy, []
        for level, (first, second, attention, downsample) in enumerate(self.downs):
            x = torch.cat([x, contexts[level]], dim=1) if level < len(contexts) else x
            x = attention(second(first(x, embedding), embedding))
            skips.append(x)
            x = downsample(x)
        x = self.mid_block2(self.mid_attn(self.mid_block1(x, embedding)), embedding)
        for first, second, attention, upsample in self.ups:
            x = first(torch.cat([x, skips.pop()], dim=1), embedding)
            x = upsample(attention(second(x, embedding)))
        return self.final_conv(x)


def _level(before: int, after: int, time: int, resample: nn.Module | None, first: bool = False) -> nn.ModuleList:
    blocks = [ResnetBlock(before, after, _LARGE if first else 3, time), ResnetBlock(after, after, time=time)]
    return nn.ModuleList([*blocks, ResidualAttention(after), resample or nn.Identity()])


def build_unet(state: State, where: Path) -> UNet:
    """The UNet of weights `denoise_fn.*`, without that prefix. Raises CMCError where one does not fit."""
    first = [shape_of(state, f"downs.{level}.0.block1.block.0.weight", where) for level in range(_LEVELS)]
    widths = [shape[0] for shape in first]
    contexts = [first[level][1] - before for level, before in zip(range(_CONTEXTS), (CHANNELS, *widths))]
    time = shape_of(state, "time_mlp.2.weight", where)[0]
    return build_network(lambda: UNet(widths, contexts, time), state, where)
