"""StableSR's time-aware encoder of the low-quality latent (arXiv 2305.07015, section 3.2)."""

from dataclasses import dataclass
from pathlib import Path

from diffusers.models.attention import Attention
from diffusers.models.embeddings import TimestepEmbedding, get_timestep_embedding
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

from cmc.core.errors import CMCError
from cmc.t2i.restorers import ldm
from cmc.weights.checkpoint import State, build_network, shape_of, take_prefix

# The width of a feature map names the resolution it belongs to.
Features = dict[int, Tensor]
# (kind, incoming width, outgoing width) of each layer of a block.
Block = list[tuple[str, int, int]]

# Not traceable in the weights; released with four.
STRUCT_HEADS = 4
_LEAVES = {
    "in_layers.0.": "norm1.",
    "in_layers.2.": "conv1.",
    "out_layers.0.": "norm2.",
    "out_layers.3.": "conv2.",
    "emb_layers.1.": "time_emb_proj.",
    "skip_connection.": "conv_shortcut.",
    "time_embed.0.": "time_embedding.linear_1.",
    "time_embed.2.": "time_embedding.linear_2.",
    ".norm.": ".group_norm.",
    ".proj_out.": ".to_out.0.",
    ".op.": ".",
}


@dataclass(frozen=True)
class StructLayout:
    """The layers of a StructEncoder; `width`: of its first convolution."""

    width: int
    input_blocks: list[Block]
    middle_block: Block
    fea_tran: Block


class StructEncoder(nn.Module):
    """The encoder half of an unconditional UNet."""

    def __init__(self, layout: StructLayout, heads: int) -> None:
        super().__init__()
        self._width = layout.width
        embedding = 4 * self._width
        self.time_embedding = TimestepEmbedding(self._width, embedding)
        self.input_blocks = nn.ModuleList(_layers(block, embedding, heads) for block in layout.input_blocks)
        self.middle_block = _layers(layout.middle_block, embedding, heads)
        self.fea_tran = _layers(layout.fea_tran, embedding, heads)

    def forward(self, latent: Tensor, timesteps: Tensor) -> Features:
        """Features by width of a low-quality latent (batch, 4, h, w) at a timestep (batch,) each."""
        wave = get_timestep_embedding(timesteps, self._width, flip_sin_to_cos=True, downscale_freq_shift=0)
        embedding = self.time_embedding(wave.to(latent.dtype))
        levels, x = [], latent
        for block in self.input_blocks:
            before, x = x, _run(block, x, embedding)
            if x.shape[-1] != before.shape[-1]:
                levels.append(before)
        levels.append(_run(self.middle_block, x, embedding))
        features = (layer(level, embedding) for layer, level in zip(self.fea_tran, levels, strict=True))
        return {feature.shape[-1]: feature for feature in features}


def _run(block: nn.Module, x: Tensor, embedding: Tensor) -> Tensor:
    for layer in block.children():
        x = layer(x, embedding) if isinstance(layer, ResnetBlock2D) else layer(x)
    return x


def _layers(block: Block, embedding: int, heads: int) -> nn.ModuleList:
    return nn.ModuleList(_layer(*layer, embedding, heads) for layer in block)


def _layer(kind: str, width: int, out: int, embedding: int, heads: int) -> nn.Module:
    if kind == "residual":
        return ResnetBlock2D(in_channels=width, out_channels=out, temb_channels=embedding, eps=1e-5)
    if kind == "attention":
        shape_of = {"heads": heads, "dim_head": width // heads, "norm_num_groups": 32, "bias": True}
        return Attention(width, **shape_of, residual_connection=True, _from_deprecated_attn_block=True)
    return nn.Conv2d(width, out, 3, padding=1, stride=2 if kind == "half" else 1)


def build_struct_encoder(state: State, where: Path, heads: int = STRUCT_HEADS) -> StructEncoder:
    """The time-aware encoder from weights without their `structcond_stage_model.` prefix.

    Raises CMCError when the weights do not fit.
    """
    blocks = ldm.layer_numbers(state, r"input_blocks\.(\d+)\.")
    layout = StructLayout(
        width=shape_of(state, "input_blocks.0.0.weight", where)[0],
        input_blocks=[_block(state, f"input_blocks.{block}.", where) for block in blocks],
        middle_block=_block(state, "middle_block.", where),
        fea_tran=_block(state, "fea_tran.", where),
    )
    return build_network(lambda: StructEncoder(layout, heads), _renamed(state, heads), where)


def _block(state: State, prefix: str, where: Path) -> Block:
    part = take_prefix(state, prefix, where)
    return [_kind(take_prefix(part, f"{number}.", where), where) for number in ldm.layer_numbers(part, r"(\d+)\.")]


def _kind(layer: State, where: Path) -> tuple[str, int, int]:
    kinds = {"in_layers.2.weight": "residual", "proj_out.weight": "attention", "op.weight": "half", "weight": "plain"}
    for name, kind in kinds.items():
        if name in layer:
            out, width = layer[name].shape[:2]
            return kind, width, out
    raise CMCError(f"{where} has a layer of no known kind ({', '.join(sorted(layer)[:3])}); is it StableSR's?")


def _renamed(state: State, heads: int) -> State:
    renamed: State = {}
    for upstream, value in state.items():
        name = upstream
        for old, new in _LEAVES.items():
            name = name.replace(old, new)
        if ".qkv." in name:
            # Stored head by head, each with its own queries, keys and values.
            parts = value.flatten(1) if value.ndim > 1 else value
            parts = parts.unflatten(0, (heads, 3, -1)).transpose(0, 1).flatten(1, 2)
            renamed |= {name.replace("qkv", f"to_{letter}"): part for letter, part in zip("qkv", parts)}
        else:
            renamed[name] = value.squeeze(-1) if ".to_out.0.weight" in name else value
    return renamed
