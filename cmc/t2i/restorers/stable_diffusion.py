"""The parts of a Stable Diffusion 2 checkpoint in its authors' layout."""

from pathlib import Path

import torch
from torch import nn

from cmc.t2i.restorers import ldm
from cmc.t2i.restorers.text_encoder import TextEncoder, load_tokenizer
from cmc.weights.checkpoint import State, check_prefixes, take_prefix
from cmc.weights.diffusers_folder import quiet

UNET, VAE, TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.model."
# Tables and averages that training leaves in a checkpoint; the sampler computes its own.
LEFTOVERS = (
    "betas",
    "alphas_",
    "sqrt_",
    "log_one_minus_",
    "posterior_",
    "lvlb_",
    "logvar",
    "scale_factor",
    "model_ema.",
)


def check_parts(state: State, where: Path, *more: str) -> None:
    """Raise CMCError when there is anything beside Stable Diffusion's parts and those under the prefixes `more`."""
    check_prefixes(state, (UNET, VAE, TEXT, *LEFTOVERS, *more), where)


def load_text_encoder(state: State, where: Path, head_width: int) -> TextEncoder:
    """OpenCLIP's text encoder with CLIP's vocabulary from beside the checkpoint, or from the hub."""
    network = ldm.build_text_encoder(take_prefix(state, TEXT, where), where, head_width)
    return TextEncoder(load_tokenizer(where.parent), network, open_clip=True)


def move_to(device: torch.device, dtype: torch.dtype, *networks: nn.Module) -> None:
    """Move networks to where and how they are computed."""
    quiet()
    for network in networks:
        network.to(device, dtype)
