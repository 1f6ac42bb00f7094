"""Tiny but real checkpoints of the families that read captions as chats: Qwen-Image and Z-Image."""

import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3Model,
)

from tests.tiny_families import vae

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# What the pipelines put before a prompt is of as many tokens as in the whole models: Qwen-Image drops the first 34.
WORDS = (
    "system Describe the image by detailing the color shape size texture quantity text spatial relationships of "
    "objects and background user"
)


def chat_tokens(marks: Sequence[str] = ("<|im_start|>", "<|im_end|>"), chat: str = CHAT) -> Qwen2Tokenizer:
    """A token a letter, and the marks of chats."""
    letters = ["Ġ", "Ċ", *string.printable.strip()]
    special = ["<|endoftext|>", *marks]
    tokens = Qwen2Tokenizer(
        vocab={token: i for i, token in enumerate(special + letters)},
        merges=[],
        additional_special_tokens=special[1:],
        chat_template=chat,
        model_max_length=131072,
    )
    tokens.add_tokens([word if word in ("system", "Describe", "user") else f" {word}" for word in WORDS.split()])
    return tokens


def qwen_parts(
    marks: Sequence[str] = ("<|im_start|>", "<|im_end|>"), depth: int = 1, width: int = 24
) -> dict[str, Any]:
    """Qwen-Image in miniature, part by part; depth, width: of its autoencoder, which takes 2^depth pixels for one."""
    torch.manual_seed(0)
    tokens = chat_tokens(marks)
    text = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
        "vocab_size": len(tokens),
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": 0,
    }
    vision = {
        "depth": 2,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": 16,
        "fullatt_block_indexes": [1],
    }
    ids = tokens.get_vocab()
    config = Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids.get("<|image_pad|>", 0),
        vision_start_token_id=ids.get("<|vision_start|>", 0),
    )
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        "vae": AutoencoderKLQwenImage(
            base_dim=width,
            z_dim=4,
            dim_mult=[1] + [2] * depth,
            num_res_blocks=1,
            temperal_downsample=[False] * depth,
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        "text_encoder": Qwen2_5_VLForConditionalGeneration(config),
        "tokenizer": tokens,
        "transformer": QwenImageTransformer2DModel(
            in_channels=16,
            out_channels=4,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=3,
            joint_attention_dim=16,
            axes_dims_rope=(8, 4, 4),
        ),
    }


def qwen_image(folder: Path) -> Path:
    """A Qwen-Image in miniature."""
    QwenImagePipeline(**qwen_parts()).save_pretrained(folder)
    return folder


def z_image(folder: Path) -> Path:
    """A Z-Image in miniature."""
    torch.manual_seed(0)
    tokens = chat_tokens()
    config = Qwen3Config(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        vocab_size=len(tokens),
        max_position_embeddings=1024,
    )
    transformer = ZImageTransformer2DModel(
        in_channels=4,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[8, 4, 4],
        axes_lens=[1024, 64, 64],
    )
    with torch.no_grad():  # left as memory happens to be, and learned in training
        transformer.x_pad_token.normal_()
        transformer.cap_pad_token.normal_()
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae(4),
        text_encoder=Qwen3Model(config),
        tokenizer=tokens,
        transformer=transformer,
    ).save_pretrained(folder)
    return folder
