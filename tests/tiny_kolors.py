"""A tiny but real checkpoint of Kolors: Stable Diffusion XL's UNet under a chat model."""

import io
import string
from pathlib import Path

import torch
from diffusers import EulerDiscreteScheduler, KolorsPipeline, UNet2DConditionModel
from diffusers.pipelines.kolors import ChatGLMModel, ChatGLMTokenizer
from diffusers.pipelines.kolors.text_encoder import ChatGLMConfig
from sentencepiece import SentencePieceTrainer

from tests.tiny_t2i import small_vae


def _tokens(folder: Path) -> ChatGLMTokenizer:
    """A token a letter."""
    folder.mkdir(parents=True)
    model = io.BytesIO()
    letters = string.ascii_letters + string.digits
    SentencePieceTrainer.train(
        sentence_iterator=iter(letters),
        model_writer=model,
        model_type="char",
        vocab_size=len(letters) + 4,
        minloglevel=2,
    )
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    return ChatGLMTokenizer(str(folder / "tokenizer.model"))


def kolors(folder: Path) -> Path:
    """The checkpoint, made in `folder`."""
    torch.manual_seed(0)
    tokens = _tokens(folder / "tokenizer")
    config = ChatGLMConfig(
        num_layers=2,
        padded_vocab_size=128,
        hidden_size=8,
        ffn_hidden_size=16,
        kv_channels=4,
        num_attention_heads=2,
        multi_query_attention=True,
        multi_query_group_num=1,
        add_qkv_bias=True,
        original_rope=True,
    )
    text_encoder = ChatGLMModel(config)
    for weights in text_encoder.parameters():  # left as memory happens to be
        torch.nn.init.normal_(weights, std=0.2)
    KolorsPipeline(
        vae=small_vae(),
        text_encoder=text_encoder,
        tokenizer=tokens,
        unet=UNet2DConditionModel(
            block_out_channels=(32, 64),
            layers_per_block=1,
            sample_size=32,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 2),
            projection_class_embeddings_input_dim=56,
            cross_attention_dim=8,
        ),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.014, beta_schedule="scaled_linear", num_train_timesteps=1100, steps_offset=1
        ),
    ).save_pretrained(folder)
    return folder
