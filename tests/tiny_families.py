"""Tiny but real checkpoints of the families after Stable Diffusion XL: FLUX and Stable Diffusion 3."""

import string
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
)
from transformers import (
    CLIPTextModel,
    CLIPTextModelWithProjection,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from tests.tiny_t2i import text_config, tokenizer


def _clip(folder: Path, projected: bool = False) -> CLIPTextModel | CLIPTextModelWithProjection:
    tokens = tokenizer(folder)
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(text_config(tokens))


def t5(width: int = 32) -> tuple[T5Tokenizer, T5EncoderModel]:
    """A token a letter."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((letter, -2.0) for letter in "▁" + string.printable)]
    config = T5Config(vocab_size=len(pieces), d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4)
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=512), T5EncoderModel(config)


def vae(channels: int) -> AutoencoderKL:
    """Latents of an eighth of a picture's sides, as those of the whole models."""
    return AutoencoderKL(
        block_out_channels=(32,) * 4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=channels,
        use_quant_conv=False,
        use_post_quant_conv=False,
        scaling_factor=1.5,
        shift_factor=0.06,
        sample_size=64,
    )


def flux(folder: Path, blocks: int = 1) -> Path:
    """A FLUX.1 [dev] in miniature, with as many blocks of both sorts."""
    torch.manual_seed(0)
    tokens, text_encoder = t5()
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae(4),
        text_encoder=_clip(folder / "tokenizer"),
        tokenizer=tokenizer(folder / "tokenizer"),
        text_encoder_2=text_encoder,
        tokenizer_2=tokens,
        transformer=FluxTransformer2DModel(
            in_channels=16,
            num_layers=blocks,
            num_single_layers=blocks,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            guidance_embeds=True,
            axes_dims_rope=(4, 4, 8),
        ),
    ).save_pretrained(folder)
    return folder


def sd3(folder: Path, third: bool = True) -> Path:
    """A Stable Diffusion 3 in miniature, with its third text encoder or without."""
    torch.manual_seed(0)
    tokens, text_encoder = t5(64) if third else (None, None)
    StableDiffusion3Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae(4),
        text_encoder=_clip(folder / "tokenizer", projected=True),
        tokenizer=tokenizer(folder / "tokenizer"),
        text_encoder_2=_clip(folder / "tokenizer_2", projected=True),
        tokenizer_2=tokenizer(folder / "tokenizer_2"),
        text_encoder_3=text_encoder,
        tokenizer_3=tokens,
        transformer=SD3Transformer2DModel(
            sample_size=16,
            in_channels=4,
            out_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            joint_attention_dim=64,
            caption_projection_dim=32,
            pooled_projection_dim=64,
            pos_embed_max_size=96,
        ),
    ).save_pretrained(folder)
    return folder
