"""Tiny but real checkpoints of encoders that cut pictures into crops, as `tests/tiny_i2t.py`: Molmo 2 and SmolVLM."""

from pathlib import Path

import torch
from transformers import (
    Molmo2Config,
    Molmo2ForConditionalGeneration,
    Molmo2ImageProcessor,
    Molmo2Processor,
    Molmo2VideoProcessor,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)

from tests.tiny_i2t import SIZES, TEXT, VISION, ids, save, tokenizer
from tests.tiny_today import template

HEADS = {"num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8}


def molmo2(folder: Path) -> Path:
    """Molmo 2 in miniature: a small view and overlapping crops, pooled by attention; image tokens past the words."""
    torch.manual_seed(0)
    marks = [f"<{name}>" for name in ("im_start", "im_end", "im_patch", "im_col", "low_res_im_start", "im_low")]
    frames = ["<frame_start>", "<frame_end>", "<|video|>"]
    tokens = tokenizer("<|image|>", *marks, *frames)
    start, end, patch, _, low, _, frame_start, frame_end, _ = tokens.convert_tokens_to_ids([*marks, *frames])
    text = {**TEXT, **ids(tokens), "head_dim": 8, "additional_vocab_size": 8}
    config = Molmo2Config(
        text_config=text | {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4}},
        vision_config={**SIZES, **HEADS, "image_size": [32, 32], "patch_size": 8},
        adapter_config={**HEADS, "hidden_size": 32, "intermediate_size": 48, "text_hidden_size": 32,
                        "vision_feature_layer": [1, 0]},
        image_start_token_id=start, image_end_token_id=end, image_patch_id=patch, low_res_image_start_token_id=low,
        frame_start_token_id=frame_start, frame_end_token_id=frame_end,
    )  # fmt: skip
    pixels = {"size": {"height": 32, "width": 32}, "patch_size": 8}
    processor = Molmo2Processor(
        Molmo2ImageProcessor(**pixels, max_crops=4, overlap_margins=[1, 1]),
        Molmo2VideoProcessor(**pixels),
        tokens,
        chat_template=template("<|image|>"),
    )
    return save(folder, Molmo2ForConditionalGeneration(config), processor)


def smolvlm(folder: Path) -> Path:
    """SmolVLM in miniature: tiles named by row and column, a square of patches a token. Needs num2words."""
    torch.manual_seed(0)
    places = [f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)]
    tokens = tokenizer("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", *places)
    config = SmolVLMConfig(
        text_config={"model_type": "llama", **TEXT, **ids(tokens)},
        vision_config=VISION,
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
    )
    tile = {"longest_edge": 32}
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(size={"longest_edge": 64}, max_image_size=tile),
        tokens,
        SmolVLMVideoProcessor(size=tile, max_image_size=tile),
        image_seq_len=4,
        chat_template=template("<image>"),
    )
    return save(folder, SmolVLMForConditionalGeneration(config), processor)
