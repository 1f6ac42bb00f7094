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


class Level(nn.ModuleList):
    """Two blocks, the first's convolution of side `kernel`, attention, and what changes the sides, if anything."""

    def __init__(self, before: int, after: int, time: int, resample: nn.Module, kernel: int = 3) -> None:
        blocks = [ResnetBlock(before, after, kernel, time), ResnetBlock(after, after, time=time)]
        super().__init__([*blocks, ResidualAttention(after), resample])

    def forward(self, x: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
        """(features, the same resampled)."""
        first, second, attention, resample = self
        features = attention(second(first(x, time), time))
        return features, resample(features)


class UNet(nn.Module):
    """`widths` of the six levels, `contexts` of what the first four read, `time` of the embedding. Sides are multiples
    of 32."""

    def __init__(self, widths: Sequence[int], contexts: Sequence[int], time: int) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(nn.Linear(1, 4 * time), nn.GELU(), nn.Linear(4 * time, time))
        read = [*contexts, *[0] * (len(widths) - len(contexts))]
        resamples = [*(Downsample(width) for width in widths[:-1]), nn.Identity()]
        kernels = [_LARGE, *[3] * (len(widths) - 1)]
        self.downs = nn.ModuleList(
            Level(before + context, after, time, resample, kernel)
            for (before, after), context, resample, kernel in zip(
                pairwise((CHANNELS, *widths)), read, resamples, kernels
            )
        )
        self.ups = nn.ModuleList(
            Level(2 * before, after, time, Upsample(after, after)) for before, after in pairwise(reversed(widths))
        )
        self.mid_block1 = ResnetBlock(widths[-1], widths[-1], time=time)
        self.mid_attn = ResidualAttention(widths[-1])
        self.mid_block2 = ResnetBlock(widths[-1], widths[-1], time=time)
        self.final_conv = nn.Sequential(ChannelNorm(widths[0]), nn.Conv2d(widths[0], CHANNELS, _LARGE, padding=3))

    def forward(self, noisy: Tensor, time: Tensor, contexts: Sequence[Tensor]) -> Tensor:
        """The prediction for a noisy picture (batch, 3, height, width) at a time (batch,) from 0 to 1."""
        embedding = self.time_mlp(time[:, None])
        x, skips = noisy, []
        for number, level in enumerate(self.downs):
            x = torch.cat([x, contexts[number]], dim=1) if number < len(contexts) else x
            features, x = level(x, embedding)
            skips.append(features)
        x = self.mid_block2(self.mid_attn(self.mid_block1(x, embedding)), embedding)
        for level in self.ups:
            _, x = level(torch.cat([x, skips.pop()], dim=1), embedding)
        return self.final_conv(x)


def build_unet(state: State, where: Path) -> UNet:
    """The UNet of weights `denoise_fn.*`, without that prefix. Raises CMCError where one does not fit."""
    first = [shape_of(state, f"downs.{level}.0.block1.block.0.weight", where) for level in range(_LEVELS)]
    widths = [shape[0] for shape in first]
    contexts = [first[level][1] - before for level, before in zip(range(_CONTEXTS), (CHANNELS, *widths))]
    time = shape_of(state, "time_mlp.2.weight", where)[0]
    return build_network(lambda: UNet(widths, contexts, time), state, where)
