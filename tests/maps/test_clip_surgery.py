"""CLIP Surgery against upstream's outputs."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from transformers import CLIPConfig, CLIPModel

from cmc.maps import clip_surgery
from tests.golden import Golden, golden
from tests.tiny_clip import SIDE, save_clip

_NAMES = {
    "transformer.resblocks.": "encoder.layers.",
    ".ln_1.": ".layer_norm1.",
    ".ln_2.": ".layer_norm2.",
    ".c_fc.": ".fc1.",
    ".c_proj.": ".fc2.",
    ".attn.": ".self_attn.",
    "conv1.": "embeddings.patch_embedding.",
    "class_embedding": "embeddings.class_embedding",
    "positional_embedding": "embeddings.position_embedding.weight",
    "token_embedding": "embeddings.token_embedding",
    "ln_pre": "pre_layrnorm",
    "ln_post": "post_layernorm",
    "ln_final": "final_layer_norm",
}
_TURNED = {"visual.proj": "visual_projection.weight", "text_projection": "text_projection.weight"}


def _transformers_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """OpenAI's names as transformers': queries, keys and values apart, projections turned."""
    named = {"logit_scale": state["logit_scale"]}
    for old, value in state.items():
        if old in _TURNED:
            named[_TURNED[old]] = value.T
        elif old != "logit_scale":
            new = old.removeprefix("visual.")
            for one, other in _NAMES.items():
                new = new.replace(one, other)
            new = ("vision_model." if old.startswith("visual.") else "text_model.") + new
            if "in_proj_" in new:
                parts = zip("qkv", value.chunk(3), strict=True)
                named |= {new.replace("in_proj_", f"{letter}_proj."): part for letter, part in parts}
            else:
                named[new] = value
    return named


@pytest.fixture(scope="module")
def data() -> Golden:
    return golden("clip_surgery")


@pytest.fixture(scope="module")
def model(data: Golden) -> CLIPModel:
    told = data.config
    text = {
        "vocab_size": told["vocab_size"],
        "hidden_size": told["transformer_width"],
        "intermediate_size": 4 * told["transformer_width"],
        "num_hidden_layers": told["transformer_layers"],
        "num_attention_heads": told["transformer_heads"],
        "eos_token_id": told["vocab_size"] - 1,
        "bos_token_id": told["vocab_size"] - 2,
        "pad_token_id": 0,
    }
    vision = {
        "hidden_size": told["vision_width"],
        "intermediate_size": 4 * told["vision_width"],
        "num_hidden_layers": told["vision_layers"],
        "num_attention_heads": told["vision_heads"],
        "image_size": told["image_resolution"],
        "patch_size": told["vision_patch_size"],
    }
    made = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=told["embed_dim"])).eval()
    made.load_state_dict(_transformers_names(data.state))
    return made


@torch.no_grad()
def test_tokens(data: Golden, model: CLIPModel) -> None:
    depth = data.config["surgery_depth"]
    data.check("tokens", clip_surgery.image_tokens(model, data.inputs["image"], depth))
    data.check("tokens_large", clip_surgery.image_tokens(model, data.inputs["image_large"], depth))


@torch.no_grad()
def test_texts(data: Golden, model: CLIPModel) -> None:
    texts = [clip_surgery.text_feature(model, tokens) for tokens in data.inputs["ensemble_tokens"]]
    data.check("text_features", torch.cat(texts))
    data.check("redundant_features", clip_surgery.text_feature(model, data.inputs["empty_tokens"]))
    data.check("first_prompt_feature", clip_surgery.prompt_features(model, data.inputs["ensemble_tokens"][0, :1]))


@torch.no_grad()
def test_surgery(data: Golden) -> None:
    tokens = functional.normalize(data.outputs["tokens"], dim=1)
    texts = data.outputs["text_features"]
    similar = clip_surgery.similarity(tokens, texts, data.outputs["redundant_features"])
    data.check("surgery", similar)
    data.check("surgery_multiclass", clip_surgery.similarity(tokens[:1], texts))
    size = tuple(data.config["map_shape"])
    data.check("similarity_map", clip_surgery.similarity_map(similar[:, 1:], size, (5, 5)))


def test_a_model_of_few_layers_has_the_second_path_in_all_of_them(tmp_path: Path) -> None:
    model = CLIPModel.from_pretrained(save_clip(tmp_path)).eval()
    vision = getattr(model.vision_model, "vision_model", model.vision_model)
    vision.encoder.layers = vision.encoder.layers[:4]
    pixels = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        everywhere, default = (
            clip_surgery.image_tokens(model, pixels, depth=4),
            clip_surgery.image_tokens(model, pixels),
        )
        but_the_first = clip_surgery.image_tokens(model, pixels, depth=3)
    assert torch.equal(default, everywhere)
    assert not torch.allclose(default, but_the_first)
