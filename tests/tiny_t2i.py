"""Tiny but real diffusers checkpoints: random weights, the libraries' standard format, a second each to make."""

import json
import shutil
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

_WIDTHS = (32, 64)


def tokenizer(folder: Path) -> CLIPTokenizer:
    """A byte-level CLIP tokenizer of 514 tokens and no merges, reading 77 at most."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [chr(256 + i) for i in range(256 - len(plain))]
    letters = [chr(code) for code in plain] + others
    tokens = letters + [letter + "</w>" for letter in letters] + ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77)


def small_vae() -> AutoencoderKL:
    """Latents of half a picture's sides."""
    return AutoencoderKL(
        block_out_channels=_WIDTHS,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        sample_size=64,
    )


def text_config(tokens: CLIPTokenizer) -> CLIPTextConfig:
    """Of a CLIP that reads with a tokenizer."""
    return CLIPTextConfig(
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        projection_dim=32,
        vocab_size=len(tokens),
        bos_token_id=tokens.bos_token_id,
        eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id,
    )


def _scheduler_facts() -> dict[str, object]:
    return {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def sd(folder: Path, safety_checker: bool = False, **save: object) -> Path:
    """A Stable Diffusion 1.x in miniature, saved with `save_pretrained(**save)`."""
    torch.manual_seed(0)
    tokens = tokenizer(folder / "tokenizer")
    unet = UNet2DConditionModel(
        block_out_channels=_WIDTHS,
        layers_per_block=1,
        sample_size=32,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=8,
    )
    StableDiffusionPipeline(
        vae=small_vae(),
        text_encoder=CLIPTextModel(text_config(tokens)),
        tokenizer=tokens,
        unet=unet,
        scheduler=DDIMScheduler(**_scheduler_facts(), clip_sample=False, set_alpha_to_one=False, steps_offset=1),
        requires_safety_checker=safety_checker,
        **(_checker() if safety_checker else {"safety_checker": None, "feature_extractor": None}),
    ).save_pretrained(folder, **save)
    return folder


def _checker() -> dict[str, object]:
    """A safety checker that flags every picture: its thresholds are as low as they go."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    sizes = {"hidden_size": 32, "intermediate_size": 37, "num_attention_heads": 4, "num_hidden_layers": 1}
    config = CLIPConfig(vision_config=sizes | {"image_size": 32, "patch_size": 8}, text_config=sizes, projection_dim=16)
    checker = StableDiffusionSafetyChecker(config)
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(-2.0)
    crop = {"height": 32, "width": 32}
    return {
        "safety_checker": checker,
        "feature_extractor": CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=crop),
    }


def sdxl(folder: Path, **save: object) -> Path:
    """A Stable Diffusion XL in miniature: two text encoders, size conditioning."""
    torch.manual_seed(0)
    first, second = tokenizer(folder / "tokenizer"), tokenizer(folder / "tokenizer_2")
    unet = UNet2DConditionModel(
        block_out_channels=_WIDTHS,
        layers_per_block=1,
        sample_size=32,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=80,
        cross_attention_dim=64,
    )
    StableDiffusionXLPipeline(
        vae=small_vae(),
        text_encoder=CLIPTextModel(text_config(first)),
        text_encoder_2=CLIPTextModelWithProjection(text_config(second)),
        tokenizer=first,
        tokenizer_2=second,
        unet=unet,
        scheduler=EulerDiscreteScheduler(**_scheduler_facts(), steps_offset=1, timestep_spacing="leading"),
    ).save_pretrained(folder, **save)
    return folder


# More tokens than any of these text encoders has places for.
LONG = "a very long caption of a cup " * 40


def without_length(folder: Path, target: Path, length: object = None, part: str = "tokenizer") -> Path:
    """A checkpoint whose tokenizer states another length, or none."""
    shutil.copytree(folder, target)
    path = target / part / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config.pop("model_max_length", None)
    if length is not None:
        config["model_max_length"] = length
    path.write_text(json.dumps(config), encoding="utf-8")
    return target
