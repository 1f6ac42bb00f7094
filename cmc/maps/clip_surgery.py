"""CLIP Surgery (arXiv 2304.05653): where in a picture CLIP sees what a text says, without training.

Works on transformers' `CLIPModel`; its vision tower keeps its weights and gets a second path in its last layers.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import CLIPModel
    from transformers.models.clip.modeling_clip import CLIPEncoderLayer, CLIPVisionEmbeddings

# Layers with the second path (section 3.2).
DEPTH = 6


def image_tokens(model: "CLIPModel", pixels: Tensor, depth: int = DEPTH) -> Tensor:
    """(batch, 1 + patches, width) projected tokens of pictures (batch, 3, height, width), normalised as CLIP's.

    The class token is CLIP's own; the patches come from the second path, where each token attends to tokens with
    like values (not like keys) and the feed-forward layers are left out. Other sizes than the model's own stretch
    its position table, bilinear. A model of fewer layers than `depth` has the second path in all of them.
    """
    vision = getattr(model.vision_model, "vision_model", model.vision_model)
    plain = vision.pre_layrnorm(_embed(vision.embeddings, pixels))
    layers = vision.encoder.layers
    first = max(0, len(layers) - depth)
    for layer in layers[:first]:
        plain = _apply_layer(layer, plain, _attend(layer, plain)[0])
    surgical = plain
    for layer in layers[first:]:
        own, alike = _attend(layer, plain)
        surgical = surgical + alike
        plain = _apply_layer(layer, plain, own)
    tokens = torch.cat([plain[:, :1], surgical[:, 1:]], dim=1)
    return model.visual_projection(vision.post_layernorm(tokens))


def _embed(embeddings: "CLIPVisionEmbeddings", pixels: Tensor) -> Tensor:
    patches = embeddings.patch_embedding(pixels)
    table = embeddings.position_embedding.weight
    side = round((len(table) - 1) ** 0.5)
    grid = table[1:].T.reshape(1, -1, side, side)
    if patches.shape[2:] != grid.shape[2:]:
        grid = functional.interpolate(grid, patches.shape[2:], mode="bilinear", align_corners=False)
    first = (embeddings.class_embedding + table[0]).expand(len(patches), 1, -1)
    return torch.cat([first, (patches + grid).flatten(2).transpose(1, 2)], dim=1)


def _attend(layer: "CLIPEncoderLayer", x: Tensor) -> tuple[Tensor, Tensor]:
    """What the layer's attention adds: queries to keys, and values to values."""
    attention, normed = layer.self_attn, layer.layer_norm1(x)
    split = (attention.num_heads, attention.head_dim)
    projections = (attention.q_proj, attention.k_proj, attention.v_proj)
    q, k, v = (project(normed).unflatten(2, split).transpose(1, 2) for project in projections)
    attended = functional.scaled_dot_product_attention(q, k, v), functional.scaled_dot_product_attention(v, v, v)
    own, alike = (attention.out_proj(heads.transpose(1, 2).flatten(2)) for heads in attended)
    return own, alike


def _apply_layer(layer: "CLIPEncoderLayer", x: Tensor, attended: Tensor) -> Tensor:
    x = x + attended
    return x + layer.mlp(layer.layer_norm2(x))


def prompt_features(model: "CLIPModel", tokens: Tensor) -> Tensor:
    """(prompts, width), not normalised, of token ids (prompts, length)."""
    return model.text_projection(model.text_model(tokens).pooler_output)


def text_feature(model: "CLIPModel", tokens: Tensor) -> Tensor:
    """(1, width): the mean direction of many ways (ways, length) to say one thing, of norm 1."""
    features = functional.normalize(prompt_features(model, tokens), dim=-1)
    return functional.normalize(features.mean(0, keepdim=True), dim=-1)


def similarity(tokens: Tensor, texts: Tensor, redundant: Tensor | None = None) -> Tensor:
    """(batch, tokens, texts): likeness less what all texts have in common (section 3.3).

    tokens: (batch, tokens, width), of norm 1 over the token axis; texts: (texts, width); redundant: (1, width)
    feature of the empty text, or None to take the mean over the texts, weighted by how present each is.
    """
    if redundant is not None:
        return tokens @ (texts - redundant).T
    presence = (2 * tokens[:, :1] @ texts.T).softmax(-1)
    weights = (presence / presence.mean(-1, keepdim=True)).squeeze(1)[:, None, :, None]
    products = tokens[:, :, None] * texts[None, None] * weights
    return (products - products.mean(2, keepdim=True)).sum(-1)


def similarity_map(similar: Tensor, size: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """(batch, height, width, texts) in [0, 1] of patches' similarities (batch, rows * columns, texts); 0 where they are
    all the same."""
    low, high = similar.amin(1, keepdim=True), similar.amax(1, keepdim=True)
    maps = (
        ((similar - low) / (high - low).clamp_min(torch.finfo(similar.dtype).tiny)).transpose(1, 2).unflatten(2, grid)
    )
    return functional.interpolate(maps, size, mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
