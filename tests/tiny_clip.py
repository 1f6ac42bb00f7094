"""CLIP in miniature, in transformers' format; and OpenAI's own vocabulary, which comes with pyiqa."""

import gzip
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer, CLIPVisionConfig

from tests.tiny_t2i import text_config, tokenizer

# Characters and their ends, merges, beginning and end of a text.
_MERGES = 49152 - 256 - 2
SIDE, PATCH = 32, 8


def save_clip(folder: Path) -> Path:
    """A CLIP of 4x4 patches and random weights; as many layers as CLIP Surgery changes, and one."""
    torch.manual_seed(0)
    tokens = tokenizer(folder)
    tokens.save_pretrained(folder)
    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=7,
        image_size=SIDE,
        patch_size=PATCH,
    )
    config = CLIPConfig(text_config=text_config(tokens).to_dict(), vision_config=vision.to_dict(), projection_dim=16)
    CLIPModel(config).save_pretrained(folder)
    return folder


def openai_tokenizer(folder: Path) -> CLIPTokenizer:
    """OpenAI's, in transformers' format."""
    package = importlib.util.find_spec("clip")
    assert package
    assert package.origin
    packed = Path(package.origin).with_name("bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(packed.read_bytes()).decode().splitlines()[: _MERGES + 1]
    letters = [*map(chr, [*range(33, 127), *range(161, 173), *range(174, 256)])]
    letters += [chr(256 + i) for i in range(256 - len(letters))]
    words = ["".join(line.split()) for line in lines[1:]]
    vocabulary = letters + [letter + "</w>" for letter in letters] + words + ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(vocabulary)}), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines[1:]]), encoding="utf-8")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77)


def save_as_openai(folder: Path, state: dict[str, torch.Tensor], patch: int) -> Path:
    """A CLIP of OpenAI's layout (one layer of 64 channels on either side, pictures of 224x224) in transformers', with
    the vocabulary that it reads captions by."""
    sizes = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = CLIPConfig(
        text_config={**sizes, "vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407},
        vision_config={**sizes, "image_size": 224, "patch_size": patch},
        projection_dim=len(state["text_projection"][0]),
    )
    network = CLIPModel(config)
    network.load_state_dict(dict(_renamed(state)), strict=False)
    network.save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)
    openai_tokenizer(folder).save_pretrained(folder)
    return folder


_SIDES = {"visual.": "vision_model.", "": "text_model."}
_NAMES = {
    "transformer.resblocks": "encoder.layers", "attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1",
    "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2", "ln_pre": "pre_layrnorm",
    "ln_post": "post_layernorm", "ln_final": "final_layer_norm", "conv1": "embeddings.patch_embedding",
    "class_embedding": "embeddings.class_embedding", "token_embedding": "embeddings.token_embedding",
    "positional_embedding": "embeddings.position_embedding.weight",
}  # fmt: skip
_PROJECTIONS = {"visual.proj": "visual_projection.weight", "text_projection": "text_projection.weight"}


def _renamed(state: dict[str, torch.Tensor]) -> Iterator[tuple[str, torch.Tensor]]:
    for key, value in state.items():
        if key in _PROJECTIONS:
            yield _PROJECTIONS[key], value.T.contiguous()
            continue
        side = next(side for side in _SIDES if key.startswith(side))
        name = key.removeprefix(side)
        for old, new in _NAMES.items():
            name = name.replace(old, new)
        if "attn.in_proj_" in name:
            stem, kind = name.split("attn.in_proj_")
            for part, rows in zip("qkv", value.chunk(3), strict=True):
                yield f"{_SIDES[side]}{stem}self_attn.{part}_proj.{kind}", rows.contiguous()
        else:
            yield key if key == "logit_scale" else _SIDES[side] + name, value
