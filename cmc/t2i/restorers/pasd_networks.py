"""PASD's UNet (arXiv 2308.14469, section 3.3): Stable Diffusion whose decoder attends to what its ControlNet sees.

The residuals that a ControlNet adds to the skip connections are, pixel by pixel, also the keys of a cross attention
after each residual block of the decoder. The full model has transformers of its own for it (`pixel_attentions`),
the light one a third attention in the transformers that are there (`attn2_plus`).
"""

from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel, Transformer2DModel, UNet2DConditionModel
from diffusers.models.attention import Attention
from diffusers.models.unets.unet_2d_blocks import CrossAttnUpBlock2D, UpBlock2D
from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput
from torch import Tensor, nn

from cmc.weights.checkpoint import State, build_network

# Heads that predict pictures at several scales; only the training loss looks at them.
TRAINING_ONLY = "controlnet_cond_embedding.to_rgbs."


class PixelAwareUpBlock(nn.Module):
    """A block of the UNet's decoder, its layers taken from the library's, followed by pixel-aware attention.

    `pixels` are the ControlNet's residuals for the skips of this block, (batch, channels, height, width), in order.
    """

    resnets: nn.ModuleList
    attentions: nn.ModuleList
    pixel_attentions: nn.ModuleList
    upsamplers: nn.ModuleList | None

    def __init__(
        self, block: UpBlock2D | CrossAttnUpBlock2D, incoming: int, heads: int, linear: bool, light: bool
    ) -> None:
        super().__init__()
        self.resnets, self.upsamplers = block.resnets, block.upsamplers
        self.has_cross_attention = hasattr(block, "attentions")
        if self.has_cross_attention:
            self.attentions = block.attentions
        self.pixels: list[Tensor] = []
        widths = [resnet.out_channels for resnet in block.resnets]
        # What a layer sees is the output of the one before it, and a skip.
        skips = [resnet.in_channels - width for resnet, width in zip(block.resnets, [incoming, *widths])]
        if not light:
            self.pixel_attentions = nn.ModuleList(
                _transformer(width, skip, heads, linear) for width, skip in zip(widths, skips, strict=True)
            )
        elif self.has_cross_attention:
            for attention, skip in zip(self.attentions, skips, strict=True):
                _add_third_attention(attention, skip, linear)

    def forward(
        self,
        hidden_states: Tensor,
        res_hidden_states_tuple: tuple[Tensor, ...],
        temb: Tensor,
        encoder_hidden_states: Tensor | None = None,
        upsample_size: torch.Size | None = None,
        **_: object,
    ) -> Tensor:
        """As the library's blocks; skips and pixels are used from the last to the first."""
        for i, resnet in enumerate(self.resnets):
            skip, pixels = res_hidden_states_tuple[-1 - i], self.pixels[-1 - i]
            hidden_states = resnet(torch.cat([hidden_states, skip], dim=1), temb)
            hidden_states = self._attend(i, hidden_states, encoder_hidden_states, pixels)
        for upsampler in self.upsamplers or ():
            hidden_states = upsampler(hidden_states, upsample_size)
        return hidden_states

    def _attend(self, i: int, x: Tensor, text: Tensor | None, pixels: Tensor) -> Tensor:
        if hasattr(self, "pixel_attentions"):
            if self.has_cross_attention:
                x = self.attentions[i](x, encoder_hidden_states=text, return_dict=False)[0]
            return self.pixel_attentions[i](x, encoder_hidden_states=_tokens(pixels), return_dict=False)[0]
        return _attend_light(self.attentions[i], x, text, pixels) if self.has_cross_attention else x


class PixelAwareUNet(UNet2DConditionModel):
    """`UNet2DConditionModel` with pixel-aware blocks; always run with a ControlNet's residuals."""

    def __init__(self, light: bool, **config: Any) -> None:
        super().__init__(**config)
        self.light = light
        heads = self.config.attention_head_dim
        levels = len(self.up_blocks)
        heads = [heads] * levels if isinstance(heads, int) else list(reversed(heads))
        incoming = self.config.block_out_channels[-1]
        for i, block in enumerate(self.up_blocks):
            linear = self.config.use_linear_projection
            self.up_blocks[i] = PixelAwareUpBlock(block, incoming, heads[i], linear, light)
            incoming = block.resnets[-1].out_channels

    def forward(self, *args: Any, down_block_additional_residuals: list[Tensor], **rest: Any) -> UNet2DConditionOutput:
        left = list(down_block_additional_residuals)
        for block in self.up_blocks:
            block.pixels = left[-len(block.resnets) :]
            left = left[: -len(block.resnets)]
        return super().forward(*args, down_block_additional_residuals=down_block_additional_residuals, **rest)


def _transformer(width: int, keys: int, heads: int, linear: bool) -> Transformer2DModel:
    return Transformer2DModel(
        num_attention_heads=heads,
        attention_head_dim=width // heads,
        in_channels=width,
        cross_attention_dim=keys,
        use_linear_projection=linear,
    )


def _add_third_attention(transformer: Transformer2DModel, keys: int, linear: bool) -> None:
    transformer.proj_in_plus = nn.Linear(keys, keys) if linear else nn.Conv2d(keys, keys, 1)
    for block in transformer.transformer_blocks:
        width, heads = block.norm2.normalized_shape[0], block.attn2.heads
        block.norm2_plus = nn.LayerNorm(width)
        block.attn2_plus = Attention(width, cross_attention_dim=keys, heads=heads, dim_head=width // heads)


def _attend_light(transformer: Transformer2DModel, x: Tensor, text: Tensor | None, pixels: Tensor) -> Tensor:
    batch, _, height, width = x.shape
    hidden = _project(transformer.proj_in, transformer.norm(x))
    pixels = _project(transformer.proj_in_plus, pixels)
    for block in transformer.transformer_blocks:
        hidden = hidden + block.attn1(block.norm1(hidden))
        hidden = hidden + block.attn2(block.norm2(hidden), encoder_hidden_states=text)
        hidden = hidden + block.attn2_plus(block.norm2_plus(hidden), encoder_hidden_states=pixels)
        hidden = hidden + block.ff(block.norm3(hidden))
    if isinstance(transformer.proj_out, nn.Linear):
        hidden = transformer.proj_out(hidden)
    hidden = hidden.transpose(1, 2).reshape(batch, -1, height, width)
    return x + (hidden if isinstance(transformer.proj_out, nn.Linear) else transformer.proj_out(hidden))


def _project(layer: nn.Module, x: Tensor) -> Tensor:
    return layer(_tokens(x)) if isinstance(layer, nn.Linear) else _tokens(layer(x))


def _tokens(x: Tensor) -> Tensor:
    return x.flatten(2).transpose(1, 2)


def build_pixel_aware_unet(config: dict[str, Any], state: State, where: Path) -> PixelAwareUNet:
    """The full or the light UNet, told apart by the weights' names. Raises CMCError when they do not fit."""
    light = any(".attn2_plus." in name for name in state)
    arguments = UNet2DConditionModel.extract_init_dict(config)[0]
    return build_network(lambda: PixelAwareUNet(light, **arguments), state, where)


def build_pixel_controlnet(config: dict[str, Any], state: State, where: Path) -> ControlNetModel:
    """The ControlNet, which sees the picture in [0, 1]. Raises CMCError when the weights do not fit."""
    used = {name: value for name, value in state.items() if not name.startswith(TRAINING_ONLY)}
    arguments = ControlNetModel.extract_init_dict(config)[0]
    return build_network(lambda: ControlNetModel(**arguments), used, where)
