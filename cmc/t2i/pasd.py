"""PASD (arXiv 2308.14469): Stable Diffusion 1.5 with pixel-aware attention to the low-quality picture."""

from typing import TYPE_CHECKING

from cmc.core.facts import Option
from cmc.registry import T2I
from cmc.t2i.base import Decoder
from cmc.t2i.restorers.pasd_releases import find_base
from cmc.t2i.restorers.released_files import released_folder
from cmc.weights.diffusers_folder import fetch

if TYPE_CHECKING:
    import torch

SOURCE = "https://github.com/yangxy/PASD (pasd.zip, or pasd_light.zip)"


@T2I.register(
    "pasd",
    needs=["diffusers"],
    modes={"full", "image"},
    checkpoint="Weight/pasd/checkpoint-100000",
    source=SOURCE,
    billions=2.0,
    licence="Apache-2.0 (PASD), CreativeML Open RAIL-M (Stable Diffusion 1.5)",
    steps=20,
    no_strength="PASD runs its whole schedule from the noised reference, which also steers every step",
    options={"base": Option(str, "folder or hub id of the Stable Diffusion under it")},
)
def pasd(checkpoint: str, device: "torch.device", dtype: "torch.dtype", base: str | None = None) -> Decoder:
    """Folder with the released `unet` and `controlnet`, full or light.

    base: folder or hub id of Stable Diffusion 1.5 in diffusers' format; by default `stable-diffusion-v1-5` beside the
    checkpoint or in it, or that repository on the hub.
    """
    import torch

    folder = released_folder(checkpoint, SOURCE)
    base = base or find_base(folder)
    base_folder = fetch(base, half=dtype != torch.float32)
    from cmc.t2i.restorers.pasd_decoder import load_pasd

    return load_pasd(folder, base, base_folder, device, dtype)
