"""CLIP in miniature, in transformers' format; and OpenAI's own vocabulary, which comes with pyiqa."""

import gzip
import importlib.util
import json
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer, CLIPVisionConfig

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
