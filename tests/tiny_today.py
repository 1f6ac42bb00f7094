"""Tiny but real checkpoints of today's encoders, as `tests/tiny_i2t.py`: random weights, standard format."""

from pathlib import Path

import torch
from transformers import (
    CLIPImageProcessor,
    Florence2Config,
    Florence2ForConditionalGeneration,
    Florence2Processor,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessor,
    Gemma3Processor,
    Gemma4Config,
    Gemma4ForConditionalGeneration,
    Gemma4ImageProcessor,
    Gemma4Processor,
    GotOcr2ImageProcessor,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLProcessor,
    InternVLVideoProcessor,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessor,
    LlavaOnevisionProcessor,
    LlavaOnevisionVideoProcessor,
    PreTrainedTokenizerFast,
    Qwen2VLImageProcessor,
    Qwen3_5Config,
    Qwen3_5ForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)
from transformers.models.gemma4.feature_extraction_gemma4 import Gemma4AudioFeatureExtractor
from transformers.models.gemma4.video_processing_gemma4 import Gemma4VideoProcessor

from tests.tiny_i2t import SIZES, TEXT, VISION, ids, save, tokenizer

_TURNS = (
    "{% for m in messages %}<s>user\n{% for c in m['content'] %}{% if c['type'] == 'image' %}IMAGE"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %}</s>\n{% endfor %}<s>assistant\n"
)


def template(image: str, end: str = "") -> str:
    return _TURNS.replace("IMAGE", image) + end


def _named(*special: str, **names: str) -> PreTrainedTokenizerFast:
    """A tokenizer that knows some of its special tokens by name, as its processor asks for them."""
    plain = tokenizer(*names.values(), *special)
    ends = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    return PreTrainedTokenizerFast(tokenizer_object=plain.backend_tokenizer, **ends, extra_special_tokens=names)


def qwen3_5(folder: Path) -> Path:
    """Qwen3.5 in miniature: linear and full attention, and a template that lets it think unless it is told not to."""
    torch.manual_seed(0)
    marks = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    tokens = tokenizer(*marks)
    tokens.add_tokens(["<think>", "</think>"])
    start, end, image, video = tokens.convert_tokens_to_ids(list(marks))
    linear = {f"linear_{part}_head_dim": 8 for part in ("key", "value")} | {"linear_num_key_heads": 2}
    rope = {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 1e4, "partial_rotary_factor": 1.0}
    config = Qwen3_5Config(
        text_config={
            **TEXT, **ids(tokens), **linear, "linear_num_value_heads": 4, "head_dim": 8, "rope_parameters": rope,
            "layer_types": ["linear_attention", "full_attention"],
        },
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2, "patch_size": 8,
            "out_hidden_size": 32, "num_position_embeddings": 64,
        },
        image_token_id=image, video_token_id=video, vision_start_token_id=start, vision_end_token_id=end,
    )  # fmt: skip
    off = "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n"
    asked = template("<|vision_start|><|image_pad|><|vision_end|>", off + "{% else %}<think>\n{% endif %}")
    pixels = {"patch_size": 8, "size": {"shortest_edge": 1024, "longest_edge": 4096}}
    processor = Qwen3VLProcessor(
        Qwen2VLImageProcessor(**pixels), tokens, Qwen3VLVideoProcessor(**pixels), chat_template=asked
    )
    return save(folder, Qwen3_5ForConditionalGeneration(config), processor)


def gemma3(folder: Path) -> Path:
    """Gemma 3 in miniature: SigLIP, sliding and full attention."""
    torch.manual_seed(0)
    tokens = _named(boi_token="<boi>", eoi_token="<eoi>", image_token="<image>")
    config = Gemma3Config(
        text_config={**TEXT, **ids(tokens), "head_dim": 8, "layer_types": ["sliding_attention", "full_attention"]},
        vision_config={**VISION, "vision_use_head": False},
        mm_tokens_per_image=4, boi_token_index=tokens.boi_token_id, eoi_token_index=tokens.eoi_token_id,
        image_token_index=tokens.image_token_id,
    )  # fmt: skip
    processor = Gemma3Processor(
        Gemma3ImageProcessor(size={"height": 32, "width": 32}),
        tokens,
        chat_template=template("<boi>"),
        image_seq_length=4,
    )
    return save(folder, Gemma3ForConditionalGeneration(config), processor)


def internvl(folder: Path) -> Path:
    """InternVL in miniature: four patches become a token, and large pictures are cut into tiles."""
    torch.manual_seed(0)
    tokens = _named(
        start_image_token="<img>", end_image_token="</img>", context_image_token="<IMG_CONTEXT>", video_token="<video>"
    )
    config = InternVLConfig(
        vision_config={**VISION, "image_size": (32, 32), "patch_size": (8, 8)},
        text_config={"model_type": "qwen3", **TEXT, **ids(tokens), "head_dim": 8},
        image_token_id=tokens.context_image_token_id,
        image_seq_length=4,
        tie_word_embeddings=False,
    )
    processor = InternVLProcessor(
        GotOcr2ImageProcessor(size={"height": 32, "width": 32}, crop_to_patches=True, max_patches=4),
        tokens,
        InternVLVideoProcessor(size={"height": 32, "width": 32}),
        image_seq_length=4,
        chat_template=template("<IMG_CONTEXT>\n"),
    )
    return save(folder, InternVLForConditionalGeneration(config), processor)


def llava_onevision(folder: Path) -> Path:
    """LLaVA-OneVision in miniature: the picture as a whole and in tiles, of as many tokens as its shape asks for."""
    torch.manual_seed(0)
    tokens = tokenizer("<image>", "<video>")
    image, video = tokens.convert_tokens_to_ids(["<image>", "<video>"])
    grid = [[32, 64], [64, 32], [64, 64]]
    config = LlavaOnevisionConfig(
        vision_config={"model_type": "siglip_vision_model", **VISION, "vision_use_head": False},
        text_config={"model_type": "qwen2", **TEXT, **ids(tokens)},
        image_token_id=image, video_token_id=video, image_grid_pinpoints=grid, tie_word_embeddings=False,
    )  # fmt: skip
    size = {"height": 32, "width": 32}
    processor = LlavaOnevisionProcessor(
        LlavaOnevisionImageProcessor(size=size, image_grid_pinpoints=grid),
        tokens,
        LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=template("<image>\n"),
    )
    return save(folder, LlavaOnevisionForConditionalGeneration(config), processor)


def gemma4(folder: Path) -> Path:
    """Gemma 4 in miniature: as many image tokens as the shape asks for, and thoughts in a channel of special tokens."""
    torch.manual_seed(0)
    images = {"boi_token": "<|image>", "eoi_token": "<image|>", "image_token": "<|image|>"}
    audio = {"boa_token": "<|audio>", "eoa_token": "<audio|>", "audio_token": "<|audio|>"}
    tokens = _named("<|channel>", "<channel|>", **images, **audio)
    rope = {"rope_type": "default", "rope_theta": 1e4}
    text = {
        **TEXT, **ids(tokens), "head_dim": 8, "global_head_dim": 8, "hidden_size_per_layer_input": 0,
        "layer_types": ["sliding_attention", "full_attention"],
        "rope_parameters": {"sliding_attention": rope, "full_attention": rope},
    }  # fmt: skip
    config = Gemma4Config(
        text_config=text,
        vision_config={**SIZES, "num_key_value_heads": 4, "head_dim": 8, "patch_size": 8},
        audio_config=None, image_token_id=tokens.image_token_id, boi_token_id=tokens.boi_token_id,
        eoi_token_id=tokens.eoi_token_id, video_token_id=None, audio_token_id=tokens.audio_token_id,
        tie_word_embeddings=False,
    )  # fmt: skip
    off = "{% if not enable_thinking | default(false) %}<|channel>thought\n<channel|>{% endif %}"
    processor = Gemma4Processor(
        Gemma4AudioFeatureExtractor(),
        Gemma4ImageProcessor(patch_size=8, max_soft_tokens=70),
        tokens,
        Gemma4VideoProcessor(patch_size=8),
        chat_template=template("<|image|>", off),
    )
    return save(folder, Gemma4ForConditionalGeneration(config), processor)


def florence2(folder: Path) -> Path:
    """Florence-2 in miniature: DaViT before BART, which reads the task and writes from a beginning of its own."""
    torch.manual_seed(4)
    tokens = _named(image_token="<image>")
    half = {"ffn_dim": 48, "layers": 2, "attention_heads": 4}
    sides = {f"{side}_{name}": value for side in ("encoder", "decoder") for name, value in half.items()}
    config = Florence2Config(
        vision_config={
            "depths": [1, 1], "patch_size": [7, 3], "patch_stride": [4, 2], "patch_padding": [3, 1],
            "patch_prenorm": [False, True], "embed_dim": [16, 32], "num_heads": [2, 4], "num_groups": [2, 4],
            "window_size": 4, "projection_dim": 32,
        },
        text_config={
            "model_type": "bart", "d_model": 32, **sides, **ids(tokens), "max_position_embeddings": 512,
            "decoder_start_token_id": tokens.eos_token_id,
        },
        image_token_id=tokens.image_token_id,
    )  # fmt: skip
    pixels = CLIPImageProcessor(
        size={"height": 32, "width": 32},
        crop_size={"height": 32, "width": 32},
        do_center_crop=False,
        image_seq_length=17,
    )
    model = Florence2ForConditionalGeneration(config)
    model.generation_config.forced_bos_token_id = tokens.bos_token_id
    return save(folder, model, Florence2Processor(pixels, tokens))
