"""Tiny but real checkpoints of FLUX.1 Kontext and the FLUX.2 family, which edit a reference."""

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Pipeline,
    Flux2Transformer2DModel,
    FluxKontextPipeline,
    FluxPipeline,
)
from tokenizers.processors import TemplateProcessing
from transformers import (
    Mistral3Config,
    Mistral3ForConditionalGeneration,
    PixtralImageProcessor,
    PixtralProcessor,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from tests import tiny_families
from tests.tiny_chat_families import chat_tokens

MISTRAL_CHAT = (
    "<s>{% for message in messages %}{% if message.role == 'system' %}[SYSTEM_PROMPT]{{ message.content[0].text }}"
    "[/SYSTEM_PROMPT]{% else %}[INST]{{ message.content[0].text }}[/INST]{% endif %}{% endfor %}"
)


def flux_kontext(folder: Path) -> Path:
    """A FLUX.1 Kontext [dev] in miniature."""
    parts = FluxPipeline.from_pretrained(tiny_families.flux(folder)).components
    FluxKontextPipeline(**parts).save_pretrained(folder)
    return folder


def flux2(folder: Path) -> Path:
    """A FLUX.2 [dev] in miniature."""
    torch.manual_seed(0)
    marks = ["<s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[IMG]", "[IMG_BREAK]", "[IMG_END]"]
    tokens = chat_tokens(marks, MISTRAL_CHAT)
    tokens.bos_token = "<s>"
    start = [("<s>", tokens.bos_token_id)]
    tokens.backend_tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=start)
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 1, "head_dim": 8}
    text = sizes | {"num_hidden_layers": 30, "num_key_value_heads": 1, "vocab_size": len(tokens)}
    vision = sizes | {"num_hidden_layers": 1, "image_size": 32, "patch_size": 8, "num_channels": 3}
    config = Mistral3Config(
        text_config=text | {"model_type": "mistral"},
        vision_config=vision | {"model_type": "pixtral"},
        image_token_index=tokens.get_vocab()["[IMG]"],
        tie_word_embeddings=True,
    )
    processor = PixtralProcessor(PixtralImageProcessor(), tokens, patch_size=8, chat_template=MISTRAL_CHAT)
    text_encoder = Mistral3ForConditionalGeneration(config)
    return _flux2(folder, Flux2Pipeline, text_encoder, processor, guidance_embeds=True)


def flux2_klein(folder: Path) -> Path:
    """A FLUX.2 [klein] base in miniature."""
    torch.manual_seed(0)
    tokens = chat_tokens()
    config = Qwen3Config(
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=27,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
        vocab_size=len(tokens),
        tie_word_embeddings=True,
    )
    return _flux2(folder, Flux2KleinPipeline, Qwen3ForCausalLM(config), tokens, guidance_embeds=False)


def _flux2(
    folder: Path,
    pipeline: type[Flux2Pipeline | Flux2KleinPipeline],
    text_encoder: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase | PixtralProcessor,
    guidance_embeds: bool,
) -> Path:
    transformer = Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=24,  # three layers of the text encoder
        timestep_guidance_channels=32,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=guidance_embeds,
    )
    vae = AutoencoderKLFlux2(
        block_out_channels=(32,) * 4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        sample_size=64,
    )
    pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        transformer=transformer,
    ).save_pretrained(folder)
    return folder
