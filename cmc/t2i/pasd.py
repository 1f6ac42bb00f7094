"""PASD (arXiv 2308.14469): Stable Diffusion 1.5 with pixel-aware attention to the low-quality picture."""

from pathlib import Path
from typing import Any

from cmc.core.facts import Option
from cmc.registry import T2I
from cmc.t2i.base import Decoder

BASE = "stable-diffusion-v1-5"
PROMPT_SUFFIX = "clean, high-resolution, 8k"
NEGATIVE_PROMPT = "blurry, dotted, noise, raster lines, unclear, lowres, over-smoothed"


@T2I.register(
    "pasd",
    needs=["diffusers"],
    modes={"full", "image"},
    checkpoint="Weight/pasd/checkpoint-100000",
    source="https://github.com/yangxy/PASD (pasd.zip, or pasd_light.zip)",
    billions=2.0,
    licence="Apache-2.0 (PASD), CreativeML Open RAIL-M (Stable Diffusion 1.5)",
    steps=20,
    no_strength="PASD runs its whole schedule from the noised reference, which also steers every step",
    options={"base": Option(str, "folder or hub id of Stable Diffusion 1.5")},
)
def pasd(checkpoint: str, device: Any, dtype: Any, base: str | None = None) -> Decoder:
    """Folder with the released `unet` and `controlnet`, full or light.

    base: folder or hub id of Stable Diffusion 1.5 in diffusers' format; by default `stable-diffusion-v1-5` beside the
    checkpoint or in it, or that repository on the hub.
    """
    from cmc.t2i.restorers.pasd_decoder import load

    folder = Path(checkpoint)
    beside = [folder / BASE, folder.parent / BASE]
    found = next((str(path) for path in beside if path.is_dir()), f"{BASE}/{BASE}")
    return load(folder, base or found, PROMPT_SUFFIX, NEGATIVE_PROMPT, device, dtype)
