"""PASD's release (arXiv 2308.14469): the Stable Diffusion that it goes over, and its prompts."""

from pathlib import Path

BASE = "stable-diffusion-v1-5"
PROMPT_SUFFIX = "clean, high-resolution, 8k"
NEGATIVE_PROMPT = "blurry, dotted, noise, raster lines, unclear, lowres, over-smoothed"
GUIDANCE_SCALE = 9.0


def find_base(folder: Path) -> str:
    """Stable Diffusion 1.5: its folder in PASD's or beside it, else its id on the hub."""
    folders = [folder / BASE, folder.parent / BASE]
    return next((str(path) for path in folders if path.is_dir()), f"{BASE}/{BASE}")
