"""Tiny but real checkpoints of Qwen-Image-Edit and its second edition."""

from pathlib import Path
from typing import Any

from diffusers import QwenImageEditPipeline, QwenImageEditPlusPipeline
from transformers import Qwen2VLImageProcessor, Qwen2VLProcessor, Qwen2VLVideoProcessor

from tests.tiny_chat_families import qwen_parts

MARKS = ("<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
# What the text encoder sees of a reference, which both pipelines enlarge.
PIXELS = 56 * 56


def qwen_image_edit(folder: Path) -> Path:
    """A Qwen-Image-Edit in miniature."""
    QwenImageEditPipeline(**_parts()).save_pretrained(folder)
    return folder


def qwen_image_edit_plus(folder: Path) -> Path:
    """A Qwen-Image-Edit-2509 in miniature."""
    QwenImageEditPlusPipeline(**_parts()).save_pretrained(folder)
    return folder


def _parts() -> dict[str, Any]:
    # Both pipelines code a reference at 1024x1024, whatever its size.
    parts = qwen_parts(MARKS, depth=5, width=2)
    images = Qwen2VLImageProcessor(min_pixels=PIXELS, max_pixels=PIXELS)
    return parts | {"processor": Qwen2VLProcessor(images, parts["tokenizer"], Qwen2VLVideoProcessor())}
