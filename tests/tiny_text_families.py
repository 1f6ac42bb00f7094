"""Tiny but real checkpoints of families that start from text alone: Sana and PixArt-Sigma."""

import string
from pathlib import Path

import torch
from diffusers import (
    AutoencoderDC,
    DPMSolverMultistepScheduler,
    PixArtSigmaPipeline,
    PixArtTransformer2DModel,
    SanaPipeline,
    SanaTransformer2DModel,
)
from tokenizers.processors import TemplateProcessing
from transformers import Gemma2Config, Gemma2Model, GemmaTokenizer

from tests.tiny_families import t5
from tests.tiny_t2i import small_vae


def sana(folder: Path) -> Path:
    """A Sana in miniature."""
    torch.manual_seed(0)
    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *string.printable]
    tokens = GemmaTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, merges=[], model_max_length=8192)
    tokens.backend_tokenizer.post_processor = TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    config = Gemma2Config(
        hidden_size=8,
        intermediate_size=16,
        num_attention_heads=2,
        num_key_value_heads=1,
        num_hidden_layers=1,
        head_dim=16,
        vocab_size=len(tokens),
    )
    blocks = {"encoder_block_types": ("ResBlock", "EfficientViTBlock"), "encoder_block_out_channels": (8, 8)}
    blocks |= {"decoder_block_types": ("ResBlock", "EfficientViTBlock"), "decoder_block_out_channels": (8, 8)}
    layers = {"encoder_layers_per_block": (1, 1), "decoder_layers_per_block": (1, 1)}
    scales = {"encoder_qkv_multiscales": ((), (5,)), "decoder_qkv_multiscales": ((), (5,))}
    SanaPipeline(
        scheduler=DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, num_train_timesteps=1000
        ),
        vae=AutoencoderDC(
            latent_channels=4,
            attention_head_dim=2,
            upsample_block_type="interpolate",
            downsample_block_type="stride_conv",
            decoder_norm_types="rms_norm",
            decoder_act_fns="silu",
            scaling_factor=0.41407,
            **blocks,
            **layers,
            **scales,
        ),
        text_encoder=Gemma2Model(config),
        tokenizer=tokens,
        transformer=SanaTransformer2DModel(
            in_channels=4,
            out_channels=4,
            num_layers=1,
            num_attention_heads=2,
            attention_head_dim=4,
            num_cross_attention_heads=2,
            cross_attention_head_dim=4,
            cross_attention_dim=8,
            caption_channels=8,
            sample_size=32,
        ),
    ).save_pretrained(folder)
    return folder


def pixart_sigma(folder: Path) -> Path:
    """A PixArt-Sigma in miniature."""
    torch.manual_seed(0)
    tokens, text_encoder = t5()
    PixArtSigmaPipeline(
        scheduler=DPMSolverMultistepScheduler(),
        vae=small_vae(),
        text_encoder=text_encoder,
        tokenizer=tokens,
        transformer=PixArtTransformer2DModel(
            sample_size=128,
            num_layers=2,
            num_attention_heads=2,
            attention_head_dim=8,
            cross_attention_dim=16,
            caption_channels=32,
            use_additional_conditions=False,
        ),
    ).save_pretrained(folder)
    return folder
