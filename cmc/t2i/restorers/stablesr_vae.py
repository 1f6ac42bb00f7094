"""StableSR's autoencoder with controllable feature wrapping (arXiv 2305.07015, section 3.3)."""

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn
from torch.nn import functional

from cmc.t2i.restorers import ldm
from cmc.weights.checkpoint import State, build_network, shape_of, take_prefix

_FUSION = "decoder.fusion_layer_"


class _DenseBlock(nn.Module):
    """Five convolutions, each over all before it (ESRGAN, arXiv 1809.00219), added in small measure."""

    conv5: nn.Conv2d

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        for i in range(1, 6):
            out = growth if i < 5 else width
            setattr(self, f"conv{i}", nn.Conv2d(width + (i - 1) * growth, out, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        seen = x
        for i in range(1, 5):
            seen = torch.cat([seen, functional.leaky_relu(getattr(self, f"conv{i}")(seen), 0.2)], dim=1)
        return x + 0.2 * self.conv5(seen)


class _ResidualDense(nn.Module):
    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (_DenseBlock(width, growth) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class Fusion(nn.Module):
    """What the encoder saw, corrected by what the decoder made of the latent."""

    def __init__(self, width: int, growth: int, blocks: int) -> None:
        super().__init__()
        self.encode_enc_1 = _residual(2 * width, width)
        self.encode_enc_2 = nn.Sequential(*(_ResidualDense(width, growth) for _ in range(blocks)))
        self.encode_enc_3 = _residual(width, width)

    def forward(self, encoded: Tensor, decoded: Tensor) -> Tensor:
        mixed = self.encode_enc_1(torch.cat([encoded, decoded], dim=1), None)
        return self.encode_enc_3(self.encode_enc_2(mixed), None)


def _residual(width: int, out: int) -> ResnetBlock2D:
    return ResnetBlock2D(in_channels=width, out_channels=out, temb_channels=None, eps=1e-6)


class FeatureWrappingVAE(AutoencoderKL):
    """`AutoencoderKL` whose decoder takes features of the encoder in, but at the first and the last level.

    fusions: (width, growth, blocks) by level, level 0 being the finest.
    """

    def __init__(self, fusions: dict[int, tuple[int, int, int]], **config: Any) -> None:
        super().__init__(**config)
        self.fusions = nn.ModuleDict({str(level): Fusion(*sizes) for level, sizes in fusions.items()})

    def encode_with_features(self, images: Tensor) -> tuple[DiagonalGaussianDistribution, dict[str, Tensor]]:
        """(posterior, features by level) of pictures (batch, 3, height, width) in [-1, 1]."""
        features, encoder = {}, self.encoder
        x = encoder.conv_in(images)
        for level, block in enumerate(encoder.down_blocks):
            for resnet in block.resnets:
                x = resnet(x, None)
            if str(level) in self.fusions:
                features[str(level)] = x
            for downsampler in block.downsamplers or ():
                x = downsampler(x)
        x = encoder.conv_act(encoder.conv_norm_out(encoder.mid_block(x)))
        return DiagonalGaussianDistribution(self.quant_conv(encoder.conv_out(x))), features

    def decode_with_features(self, latent: Tensor, features: dict[str, Tensor], weight: float) -> Tensor:
        """Pictures in about [-1, 1] of unscaled latents; `weight` 0 is the plain decoder, 1 the most faithful."""
        decoder = self.decoder
        x = decoder.mid_block(decoder.conv_in(self.post_quant_conv(latent)))
        for i, block in enumerate(decoder.up_blocks):
            level = str(len(decoder.up_blocks) - 1 - i)
            for resnet in block.resnets:
                x = resnet(x, None)
            if level in self.fusions:
                x = x + weight * self.fusions[level](features[level], x)
            for upsampler in block.upsamplers or ():
                x = upsampler(x)
        return decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(x)))


def build_wrapping_vae(state: State, where: Path) -> FeatureWrappingVAE:
    """The autoencoder from weights without a prefix. Raises CMCError when they do not fit."""
    fusing = {name: value for name, value in state.items() if name.startswith(_FUSION)}
    plain = {name: value for name, value in state.items() if name not in fusing}
    config, weights = ldm.vae_parts(plain, where)
    levels = ldm.layer_numbers(state, r"decoder\.fusion_layer_(\d+)\.")
    fusions = {level: _sizes(take_prefix(fusing, f"{_FUSION}{level}.", where), where) for level in levels}
    weights |= {_fusion_name(name): value for name, value in fusing.items()}
    return build_network(lambda: FeatureWrappingVAE(fusions, **config), weights, where)


def _sizes(state: State, where: Path) -> tuple[int, int, int]:
    growth, width = shape_of(state, "encode_enc_2.0.rdb1.conv1.weight", where)[:2]
    return width, growth, len(ldm.layer_numbers(state, r"encode_enc_2\.(\d+)\."))


def _fusion_name(name: str) -> str:
    return name.replace(_FUSION, "fusions.").replace(".conv_out.", ".conv_shortcut.")
