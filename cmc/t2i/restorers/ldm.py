"""Networks of Latent Diffusion checkpoints as diffusers' and transformers' classes.

Depths and widths are read from the weights' shapes; only the width of an attention head, which leaves no trace in
them, must be told (64 in Stable Diffusion 2).
"""

import re
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from accelerate import init_empty_weights
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from diffusers.loaders import single_file_utils as single_file
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from cmc.weights.checkpoint import State, build_network, refuse_unknown, shape_of

HEAD_WIDTH = 64


def build_unet(state: State, where: Path, head_width: int = HEAD_WIDTH) -> UNet2DConditionModel:
    """The denoising UNet from weights without their `model.diffusion_model.` prefix.

    Raises CMCError, as all functions here, with the first names that do not fit.
    """
    config, weights = unet_parts(state, where, head_width)
    return build_network(lambda: UNet2DConditionModel(**config), weights, where)


def unet_parts(state: State, where: Path, head_width: int) -> tuple[dict[str, Any], State]:
    """(configuration, weights under diffusers' names) of a UNet; layers of one's own in residual blocks stay there."""
    config = _unet_config(state, where, head_width)
    config["out_channels"] = shape_of(state, "out.2.weight", where)[0]
    config["up_block_types"] = [name.replace("Down", "Up") for name in reversed(config["down_block_types"])]
    prefixed = {single_file.LDM_UNET_KEY + name: value for name, value in state.items()}
    converted = single_file.convert_ldm_unet_checkpoint(prefixed, config)
    return config, _strictly(state, converted, where)


def build_controlnet(state: State, where: Path, head_width: int = HEAD_WIDTH) -> ControlNetModel:
    """A ControlNet without hint block, whose first convolution sees [latent, condition latent] side by side.

    That convolution is split: the half over the condition, added to the other half's output, is the embedding.
    """
    config = _unet_config(state, where, head_width)
    config["in_channels"] //= 2
    converted = single_file.convert_controlnet_checkpoint(state, config)
    weights = _strictly(state, converted, where)
    halves = weights["conv_in.weight"].split(config["in_channels"], dim=1)
    weights["conv_in.weight"], weights["controlnet_cond_embedding.weight"] = halves
    # The library's own hint block is made as small as it goes, then replaced.
    config |= {"conditioning_channels": config["in_channels"], "conditioning_embedding_out_channels": (1,)}
    return build_network(lambda: _LatentControlNet(**config), weights, where)


class _LatentControlNet(ControlNetModel):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        channels = config["conditioning_channels"], config["block_out_channels"][0]
        self.controlnet_cond_embedding = nn.Conv2d(*channels, 3, padding=1, bias=False)


def build_vae(state: State, where: Path) -> AutoencoderKL:
    """The autoencoder from weights without their `first_stage_model.` prefix."""
    config, weights = vae_parts(state, where)
    return build_network(lambda: AutoencoderKL(**config), weights, where)


def vae_parts(state: State, where: Path) -> tuple[dict[str, Any], State]:
    """(configuration, weights under diffusers' names) of an autoencoder."""
    config = _vae_config(state, where)
    flat = {name: value[:, :, 0, 0] if _is_attention(name, value.ndim) else value for name, value in state.items()}
    converted = single_file.convert_ldm_vae_checkpoint(flat, config)
    return config, _strictly(flat, converted, where)


def _vae_config(state: State, where: Path) -> dict[str, Any]:
    levels = range(len(layer_numbers(state, r"encoder\.down\.(\d+)\.")))
    widths = [shape_of(state, f"encoder.down.{level}.block.0.conv1.weight", where)[0] for level in levels]
    return {
        "in_channels": shape_of(state, "encoder.conv_in.weight", where)[1],
        "out_channels": shape_of(state, "decoder.conv_out.weight", where)[0],
        "latent_channels": shape_of(state, "decoder.conv_in.weight", where)[1],
        "block_out_channels": widths,
        "layers_per_block": len(layer_numbers(state, r"encoder\.down\.0\.block\.(\d+)\.")),
        "down_block_types": ["DownEncoderBlock2D"] * len(widths),
        "up_block_types": ["UpDecoderBlock2D"] * len(widths),
    }


def build_text_encoder(state: State, where: Path, head_width: int = HEAD_WIDTH) -> CLIPTextModel:
    """OpenCLIP's text tower up to its penultimate layer, from weights without their `cond_stage_model.model.` prefix.

    The last layer and what follows it (`text_projection`, `logit_scale`) are not used by Stable Diffusion 2.
    """
    layers = len(layer_numbers(state, r"transformer\.resblocks\.(\d+)\."))
    unused = (f"transformer.resblocks.{layers - 1}.", "text_projection", "logit_scale", "attn_mask")
    used = {name: value for name, value in state.items() if not name.startswith(unused)}
    tokens, width = shape_of(state, "token_embedding.weight", where)
    config = CLIPTextConfig(
        vocab_size=tokens,
        hidden_size=width,
        intermediate_size=shape_of(state, "transformer.resblocks.0.mlp.c_fc.weight", where)[0],
        num_hidden_layers=layers - 1,
        num_attention_heads=width // head_width,
        max_position_embeddings=shape_of(state, "positional_embedding", where)[0],
        hidden_act="gelu",
        projection_dim=width,
    )
    converted = single_file.convert_open_clip_checkpoint(SimpleNamespace(config=config), used, prefix="")
    split = [name for name in used if ".in_proj_" in name]  # copied in three parts
    named = _strictly(used, converted, where, split)
    with init_empty_weights():
        nested = hasattr(CLIPTextModel(config), "text_model")
    # transformers 5.6 or so took a level out of the names.
    named = named if nested else {name.removeprefix("text_model."): value for name, value in named.items()}
    return build_network(lambda: CLIPTextModel(config), named, where)


def _unet_config(state: State, where: Path, head_width: int) -> dict[str, Any]:
    """What `UNet2DConditionModel` and `ControlNetModel` have in common, from the names and shapes of LDM's weights."""
    blocks = layer_numbers(state, r"input_blocks\.(\d+)\.")
    width, channels = shape_of(state, "input_blocks.0.0.weight", where)[:2]
    downs = [block for block in blocks if f"input_blocks.{block}.0.op.weight" in state]
    per_level = (downs[0] if downs else len(blocks)) - 1
    starts = [1, *(block + 1 for block in downs)]
    widths = [shape_of(state, f"input_blocks.{start}.0.out_layers.3.weight", where)[0] for start in starts]
    attentive = [f"input_blocks.{start}.1.norm.weight" in state for start in starts]
    attention = "middle_block.1.transformer_blocks"
    return {
        "in_channels": channels,
        "block_out_channels": [width, *widths[1:]],
        "layers_per_block": per_level,
        "down_block_types": ["CrossAttnDownBlock2D" if attends else "DownBlock2D" for attends in attentive],
        "cross_attention_dim": shape_of(state, f"{attention}.0.attn2.to_k.weight", where)[1],
        "transformer_layers_per_block": len(layer_numbers(state, re.escape(attention) + r"\.(\d+)\.")),
        "use_linear_projection": len(shape_of(state, "middle_block.1.proj_in.weight", where)) == 2,
        # The library's name for the number of heads.
        "attention_head_dim": [max(1, level_width // head_width) for level_width in widths],
    }


def layer_numbers(state: State, pattern: str) -> list[int]:
    """The different numbers that names match, sorted."""
    matches = (re.match(pattern, name) for name in state)
    return sorted({int(match[1]) for match in matches if match})


def _is_attention(name: str, dimensions: int) -> bool:
    return ".mid.attn_1." in name and dimensions == 4


def _strictly(state: State, converted: dict[str, Any], where: Path, copied: Iterable[str] = ()) -> State:
    """What was converted, when every weight went into it: the library's functions pass over names they do not know."""
    used = {id(value) for value in converted.values()}
    names = state.keys() - set(copied)
    refuse_unknown((name for name in names if id(state[name]) not in used), where)
    return {name: value for name, value in converted.items() if value is not None}
