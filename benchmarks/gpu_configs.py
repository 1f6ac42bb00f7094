"""The released models' configurations, for networks of their size with random weights, and tiny ones like them."""

from dataclasses import dataclass, field
from typing import Any

Config = dict[str, Any]  # the arguments of a class of diffusers or transformers


@dataclass(frozen=True)
class Sizes:
    """Configurations of a pipeline's networks, as the libraries' classes take them; `texts`: of its CLIPs in order."""

    denoiser: Config
    vae: Config
    texts: tuple[Config, ...]
    t5: Config = field(default_factory=dict)


def _vae(**own: object) -> Config:
    four = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    return {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4, **four, **own}


def _clip(width: int, layers: int, heads: int, **own: object) -> Config:
    sizes = {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers}
    return {**sizes, "num_attention_heads": heads, "projection_dim": width, "vocab_size": 49408, **own}


CLIP_L = _clip(768, 12, 12)
SDXL_UNET: Config = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "transformer_layers_per_block": (1, 2, 10),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
SD2_UNET: Config = {
    "sample_size": 64,
    "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True,
}
T5_XXL: Config = {
    "vocab_size": 32128,
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10240,
    "num_layers": 24,
    "num_heads": 64,
    "feed_forward_proj": "gated-gelu",
}
FLUX_VAE = _vae(
    latent_channels=16,
    use_quant_conv=False,
    use_post_quant_conv=False,
    scaling_factor=0.3611,
    shift_factor=0.1159,
    sample_size=1024,
)
# FLUX.1's transformer is its class's default, but for the guidance that [dev] was distilled with.
FULL = {
    "sd15": Sizes({"sample_size": 64, "cross_attention_dim": 768}, _vae(sample_size=512), (CLIP_L,)),
    "sdxl": Sizes(
        SDXL_UNET, _vae(sample_size=1024, scaling_factor=0.13025), (CLIP_L, _clip(1280, 32, 20, hidden_act="gelu"))
    ),
    "flux": Sizes({"guidance_embeds": True}, FLUX_VAE, (CLIP_L,), T5_XXL),
    "diffbir": Sizes(SD2_UNET, _vae(sample_size=512), (_clip(1024, 23, 16, hidden_act="gelu"),)),
}
LLAVA: Config = {
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "image_size": 336,
        "patch_size": 14,
        "projection_dim": 768,
    },
    "text_config": {
        "model_type": "llama",
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "vocab_size": 32064,
        "max_position_embeddings": 4096,
    },
}

_SMALL: Config = {"block_out_channels": (32, 32), "layers_per_block": 1, "sample_size": 32}
_SMALL_UNET: Config = {
    **_SMALL,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": 8,
    "cross_attention_dim": 32,
}
_SMALL_VAE = _vae(block_out_channels=(32,) * 4, layers_per_block=1, sample_size=64)
_SMALL_CLIP = _clip(32, 2, 4, vocab_size=520)
_SMALL_SDXL: Config = {
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 80,
    "cross_attention_dim": 64,
}
_SMALL_FLUX: Config = {
    "in_channels": 16,
    "num_layers": 2,
    "num_single_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 32,
    "pooled_projection_dim": 32,
    "guidance_embeds": True,
    "axes_dims_rope": (4, 4, 8),
}
_SMALL_T5: Config = {"vocab_size": 200, "d_model": 32, "d_kv": 8, "d_ff": 37, "num_layers": 2, "num_heads": 4}
TINY = {
    "sd15": Sizes(_SMALL_UNET, _SMALL_VAE, (_SMALL_CLIP,)),
    "sdxl": Sizes(_SMALL_UNET | _SMALL_SDXL, _SMALL_VAE, (_SMALL_CLIP,) * 2),
    "flux": Sizes(_SMALL_FLUX, {**FLUX_VAE, **_SMALL_VAE, "latent_channels": 4}, (_SMALL_CLIP,), _SMALL_T5),
    "diffbir": Sizes(_SMALL_UNET, _SMALL_VAE, (_SMALL_CLIP,)),
}
TINY_LLAVA: Config = {
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 28,
        "patch_size": 14,
    },
    "text_config": {
        "model_type": "llama",
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "vocab_size": 400,
    },
}
