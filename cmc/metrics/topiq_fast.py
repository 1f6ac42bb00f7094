"""TOPIQ's network (CFANet) computed faster than pyiqa does, to the same numbers.

What pyiqa computes and this leaves out, each exact but for rounding:
- a reference's features again for every picture compared with it: they are computed once;
- batch norm: folded into the convolution before it;
- attention weights that nobody reads: attention is fused;
- the positional embedding of every level: all levels have the size of the smallest;
- in the gate of TOPIQ-NR, half of a 1x1 convolution that only feeds another 1x1 convolution: the two are one;
- in TOPIQ-FR, a 1x1 convolution's input three times as wide: its three parts are added instead.
The single difference beyond rounding: |a - b| for sqrt((a - b)^2 + 1e-12), 1e-6 at most.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

if TYPE_CHECKING:
    from pyiqa.archs.topiq_arch import CFANet, GatedConv, TransformerDecoderLayer, TransformerEncoderLayer

Features = Sequence[torch.Tensor]


class FastCFANet(nn.Module):
    """Evaluation of a pyiqa CFANet whose backbone is one of timm's; takes its modules over and changes them."""

    position: torch.Tensor

    def __init__(self, network: "CFANet") -> None:
        super().__init__()
        self.use_ref: bool = network.use_ref
        # Not buffers, which a half precision would round: the pixels' error would be every layer's.
        self._scale, self._shift = 1 / network.default_std, -network.default_mean / network.default_std
        fold_batch_norm(network.semantic_model)
        self.backbone = network.semantic_model
        pools = network.weight_pool
        self.gates = pools if self.use_ref else nn.ModuleList([_Gate(pool) for pool in pools])
        self.reduce = network.dim_reduce
        self.attend, self.cross = network.sa_attn_blks, network.attn_blks
        self.pool, self.head = network.attn_pool, network.score_linear
        self.register_buffer("position", _position_map(network.h_emb, network.w_emb).detach().clone())
        self._positions: dict[tuple[int, ...], torch.Tensor] = {}
        self.eval().requires_grad_(False)

    def features(self, images: torch.Tensor) -> Features:
        """Backbone features, fine to coarse, of fp32 (n, 3, height, width) in [0, 1]."""
        normed = torch.addcmul(self._shift.to(images.device), images, self._scale.to(images.device))
        return self.backbone(normed.to(self.position.dtype))

    def forward(self, features: Features, reference: Features | None = None) -> torch.Tensor:
        """(n,) scores of pictures' features; for FR, `reference` are those of the second argument, (n or 1, ...)."""
        coarsest = tuple(features[-1].shape[2:])
        positions = [self._position(_shrunk(tuple(level.shape[2:]), coarsest)) for level in features]
        return self.compare(features, reference, positions)

    def compare(
        self, features: Features, reference: Features | None, positions: Sequence[torch.Tensor]
    ) -> torch.Tensor:
        """What `forward` returns; `positions`: the embedding of the places of every level, shrunk, (1, n, d) each."""
        coarsest = tuple(features[-1].shape[2:])
        tokens = []
        for level in reversed(range(len(features))):
            compared = None if reference is None else reference[level]
            gated = self.reduce[level][1](self._gated(level, features[level], compared, coarsest))
            embedded = gated.flatten(2).transpose(1, 2) + positions[level]
            for layer in self.attend[level].layers:
                embedded = _self_layer(layer, embedded)
            tokens.append(embedded)
        query = tokens[0]
        for layers, memory in zip(self.cross, tokens[1:], strict=True):
            for layer in layers.layers:
                query = _cross_layer(layer, query, memory)
        return self.head(_self_layer(self.pool, query).mean(1))[:, 0]

    def _gated(
        self, level: int, features: torch.Tensor, reference: torch.Tensor | None, coarsest: tuple[int, ...]
    ) -> torch.Tensor:
        """Features times their importance, shrunk to the coarsest level, in the width of the attention layers."""
        convolution = self.reduce[level][0]
        if reference is None:
            return convolution(_shrink(self.gates[level](features), coarsest))
        difference = (features - reference).abs_()
        gate = self.gates[level](difference)
        weights = convolution.weight.chunk(3, dim=1)
        parts = [_shrink(part * gate, coarsest) for part in (features, reference, difference)]
        reduced = [F.conv2d(part, weight) for part, weight in zip(parts, weights, strict=True)]
        return reduced[0] + reduced[1] + reduced[2] + convolution.bias.view(1, -1, 1, 1)

    def _position(self, size: tuple[int, ...]) -> torch.Tensor:
        known = self._positions.get(size)
        if known is None:
            embedding = F.interpolate(self.position.float(), size, mode="bicubic", align_corners=False)
            known = embedding.to(self.position).flatten(2).transpose(1, 2)
            self._positions = {size: known}
        return known


def _position_map(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """(1, d, height, width) of the embeddings of rows (1, d / 2, height, 1) and columns (1, d / 2, 1, width)."""
    height, width = rows.shape[2], columns.shape[3]
    return torch.cat([rows.expand(-1, -1, -1, width), columns.expand(-1, -1, height, -1)], 1)


class _Gate(nn.Module):
    """pyiqa's GatedConv: `gelu(a(x)) * gate(b(x))` with one convolution for `b` and the gate's first."""

    def __init__(self, gated: "GatedConv") -> None:
        super().__init__()
        split, first = gated.splitconv, gated.weight_blk[0]
        width = first.in_channels
        self.keep = _convolution(split.weight[:width], split.bias[:width])
        matrix = first.weight.flatten(1).double()
        weight = matrix @ split.weight[width:].flatten(1).double()
        bias = matrix @ split.bias[width:].double() + first.bias.double()
        self.enter = _convolution(weight[:, :, None, None], bias)
        self.rest = gated.weight_blk[1:]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(self.keep(x)) * self.rest(self.enter(x))


def _convolution(weight: torch.Tensor, bias: torch.Tensor) -> nn.Conv2d:
    convolution = nn.Conv2d(weight.shape[1], weight.shape[0], 1)
    convolution.load_state_dict({"weight": weight.float(), "bias": bias.float()})
    return convolution


def fold_batch_norm(module: nn.Module) -> None:
    """Fold every batch norm of a timm network in evaluation mode into the convolution registered before it."""
    before: tuple[str, nn.Module] | None = None
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d) and before and isinstance(before[1], nn.Conv2d):
            setattr(module, before[0], fuse_conv_bn_eval(before[1], child))
            # timm's batch norm may hold the activation that follows it.
            after = [getattr(child, part) for part in ("drop", "act") if hasattr(child, part)]
            setattr(module, name, nn.Sequential(*after))
        else:
            fold_batch_norm(child)
        before = name, child


def _shrink(features: torch.Tensor, smallest: tuple[int, ...]) -> torch.Tensor:
    size = tuple(features.shape[2:])
    shrunk = _shrunk(size, smallest)
    return features if shrunk == size else F.adaptive_avg_pool2d(features, (shrunk[0], shrunk[1]))


def _shrunk(size: tuple[int, ...], smallest: tuple[int, ...]) -> tuple[int, ...]:
    """Of features of a (height, width): `smallest`, unless one of them is no larger."""
    return smallest if size[0] > smallest[0] and size[1] > smallest[1] else size


def _attention(layer: nn.MultiheadAttention, query: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
    width = layer.embed_dim
    weight, bias = layer.in_proj_weight, layer.in_proj_bias
    queries = F.linear(query, weight[:width], bias[:width])
    keys, values = F.linear(memory, weight[width:], bias[width:]).chunk(2, dim=-1)
    queries, keys, values = (x.unflatten(-1, (layer.num_heads, -1)).transpose(1, 2) for x in (queries, keys, values))
    return layer.out_proj(F.scaled_dot_product_attention(queries, keys, values).transpose(1, 2).flatten(2))


def _feed_forward(
    layer: "TransformerEncoderLayer | TransformerDecoderLayer", x: torch.Tensor, norm: nn.Module
) -> torch.Tensor:
    return x + layer.linear2(layer.activation(layer.linear1(norm(x))))


def _self_layer(layer: "TransformerEncoderLayer", x: torch.Tensor) -> torch.Tensor:
    normed = layer.norm1(x)
    return _feed_forward(layer, x + _attention(layer.self_attn, normed, normed), layer.norm2)


def _cross_layer(layer: "TransformerDecoderLayer", x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
    x = x + _attention(layer.multihead_attn, layer.norm1(x), layer.norm2(memory))
    return _feed_forward(layer, x, layer.norm3)
