"""The parts of a Stable Diffusion 2 checkpoint in its authors' layout."""

from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError
from cmc.t2i.restorers import ldm
from cmc.t2i.restorers.text_encoder import Words, load_tokenizer
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


def known(state: State, where: Path, *more: str) -> None:
    """Raise CMCError when there is anything beside Stable Diffusion's parts and those under the prefixes `more`."""
    check_prefixes(state, (UNET, VAE, TEXT, *LEFTOVERS, *more), where)


def words(state: State, where: Path, head_width: int) -> Words:
    """OpenCLIP's text encoder with CLIP's vocabulary from beside the checkpoint, or from the hub."""
    encoder = ldm.text_encoder(take_prefix(state, TEXT, where), where, head_width)
    return Words(load_tokenizer(where.parent), encoder, open_clip=True)


def find(folder: Path, name: str, sources: dict[str, str]) -> Path:
    """The file in the folder. Raises CMCError with the address to download it from."""
    path = folder / name
    if not path.is_file():
        raise CMCError(f"{path} is missing; download {sources[name]} and put it there")
    return path


def to(device: Any, dtype: Any, *modules: Any) -> None:
    """Move networks to where and how they are computed."""
    quiet()
    for module in modules:
        module.to(device, dtype)
