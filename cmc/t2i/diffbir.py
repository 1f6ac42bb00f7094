"""DiffBIR (arXiv 2308.15070): Stable Diffusion 2.1 under a ControlNet that sees a cleaned latent."""

from typing import TYPE_CHECKING

from cmc.core.facts import Option
from cmc.registry import T2I
from cmc.t2i.base import Decoder
from cmc.t2i.restorers.released_files import released_folder

if TYPE_CHECKING:
    import torch

SOURCE = "https://huggingface.co/lxq007/DiffBIR-v2, Stable Diffusion 2.1 base"


@T2I.register(
    "diffbir",
    needs=["diffusers", "spandrel"],
    modes={"full", "image"},
    checkpoint="Weight/diffbir",
    source=SOURCE,
    billions=1.7,
    licence="Apache-2.0 (DiffBIR), CreativeML Open RAIL++-M (Stable Diffusion 2.1)",
    steps=50,
    no_strength="DiffBIR runs its whole schedule from noise; the reference steers every step instead",
    options={
        "variant": Option(str, "which release, where the folder holds several"),
        "rescale_guidance": Option(bool, "let guidance grow from 1 in noise to one more than its scale"),
    },
)
def diffbir(
    checkpoint: str,
    device: "torch.device",
    dtype: "torch.dtype",
    variant: str | None = None,
    rescale_guidance: bool = False,
    head_width: int = 64,
) -> Decoder:
    """Folder of the released files, see `restorers/diffbir_releases.py`.

    rescale_guidance: let guidance grow from 1 in noise to one more than its scale; head_width: of the UNet's
    attention, 64 in Stable Diffusion 2.
    """
    folder = released_folder(checkpoint, SOURCE)
    from cmc.t2i.restorers.diffbir_decoder import load_diffbir

    return load_diffbir(folder, variant, device, dtype, head_width, rescale_guidance)
