"""CDC's compressor: a picture to latents y and hyperlatents z, and quantised latents to contexts for the UNet."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from cmc.codecs.cdc.layers import LEAK, Downsample, ResnetBlock, Upsample
from cmc.codecs.cdc.prior import FactorisedPrior
from cmc.weights.checkpoint import State, build_network, shape_of

CHANNELS = 3
_LEVELS, _LARGE = 4, 7


@dataclass(frozen=True)
class CompressorWidths:
    """Channels: of each level of the encoder and of the decoder, of the hyperencoder and the hyperdecoder; `unnamed`:
    whether a layer without weights stands between the two of a level (the eps-prediction's files)."""

    encoder: tuple[int, ...]
    decoder: tuple[int, ...]
    hyper_encoder: tuple[int, ...]
    hyper_decoder: tuple[int, ...]
    unnamed: bool


class Compressor(nn.Module):
    """Pictures are in [-1, 1], their sides multiples of 64."""

    def __init__(self, widths: CompressorWidths) -> None:
        super().__init__()
        gap = [nn.Identity()] if widths.unnamed else []
        sides = enumerate(pairwise((CHANNELS, *widths.encoder)))
        self.enc = nn.Sequential(
            *(
                nn.Sequential(ResnetBlock(before, after, 3 if level else _LARGE), *gap, Downsample(after))
                for level, (before, after) in sides
            )
        )
        # The last level narrows in its upsampling alone.
        within = (*widths.decoder[:-1], widths.decoder[-2])
        self.dec = nn.ModuleList(
            nn.Sequential(ResnetBlock(before, inner), *gap, Upsample(inner, after))
            for before, inner, after in zip((widths.encoder[-1], *widths.decoder[:-1]), within, widths.decoder)
        )
        self.hyper_enc = _hyper_encoder((widths.encoder[-1], *widths.hyper_encoder))
        self.hyper_dec = _hyper_decoder((widths.hyper_encoder[-1], *widths.hyper_decoder))
        self.prior = FactorisedPrior(widths.hyper_encoder[-1])

    def latents(self, picture: Tensor) -> Tensor:
        """y (batch, channels, height / 16, width / 16) of a picture (batch, 3, height, width)."""
        return self.enc(picture)

    def hyperlatents(self, latents: Tensor) -> Tensor:
        """z, a quarter of y's sides."""
        return self.hyper_enc(latents)

    def mean_and_scale(self, hyperlatents: Tensor) -> tuple[Tensor, Tensor]:
        """Of y's Gaussians, from quantised z; the scale as the network gives it, without its lower bound."""
        mean, scale = self.hyper_dec(hyperlatents).chunk(2, dim=1)
        return mean, scale

    def contexts(self, latents: Tensor) -> list[Tensor]:
        """From quantised y: what the UNet's first levels read, of the picture's size first and an eighth of it last."""
        contexts = []
        for level in self.dec:
            latents = level(latents)
            contexts.append(latents)
        return contexts[::-1]


def _hyper_encoder(widths: tuple[int, ...]) -> nn.Sequential:
    first, second, third, fourth = widths
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(first, second, 3, padding=1), nn.LeakyReLU(LEAK)),
        nn.Sequential(nn.Conv2d(second, third, 5, stride=2, padding=2), nn.LeakyReLU(LEAK)),
        nn.Sequential(nn.Conv2d(third, fourth, 5, stride=2, padding=2)),
    )


def _hyper_decoder(widths: tuple[int, ...]) -> nn.Sequential:
    def enlarge(before: int, after: int) -> nn.Sequential:
        layer = nn.ConvTranspose2d(before, after, 5, stride=2, padding=2, output_padding=1)
        return nn.Sequential(layer, nn.LeakyReLU(LEAK))

    first, second, third, fourth = widths
    last = nn.Sequential(nn.Conv2d(third, fourth, 3, padding=1))
    return nn.Sequential(enlarge(first, second), enlarge(second, third), last)


def quantised(values: Tensor, offset: Tensor) -> Tensor:
    """round(values - offset) + offset."""
    return torch.round(values - offset) + offset


def build_compressor(state: State, where: Path, unnamed: bool) -> Compressor:
    """The compressor of weights `context_fn.*`, without that prefix. Raises CMCError where one does not fit."""
    layer = 2 if unnamed else 1

    def width(name: str, dimension: int = 0) -> int:
        return shape_of(state, f"{name}.weight", where)[dimension]

    widths = CompressorWidths(
        tuple(width(f"enc.{level}.{layer}.conv") for level in range(_LEVELS)),
        tuple(width(f"dec.{level}.{layer}.conv", 1) for level in range(_LEVELS)),
        tuple(width(f"hyper_enc.{stage}.0") for stage in range(3)),
        (*(width(f"hyper_dec.{stage}.0", 1) for stage in range(2)), width("hyper_dec.2.0")),
        unnamed,
    )
    return build_network(lambda: Compressor(widths), state, where)
