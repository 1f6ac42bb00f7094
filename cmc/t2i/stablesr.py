"""StableSR (arXiv 2305.07015): Stable Diffusion 2.1 modulated by a time-aware encoder of the low-quality latent."""

from typing import TYPE_CHECKING

from cmc.core.facts import Option
from cmc.registry import T2I
from cmc.t2i.base import Decoder
from cmc.t2i.restorers.released_files import released_folder
from cmc.t2i.restorers.stablesr_releases import LICENCE

if TYPE_CHECKING:
    import torch

SOURCE = "https://huggingface.co/Iceclear/StableSR"


@T2I.register(
    "stablesr",
    needs=["diffusers"],
    modes={"full", "image"},
    checkpoint="Weight/stablesr",
    source=SOURCE,
    billions=1.5,
    licence=LICENCE,
    uses_text=False,
    steps=200,
    no_strength="StableSR runs its whole schedule from the noised reference, which also steers every step",
    options={
        "variant": Option(str, "which release, where the folder holds several"),
        "fidelity": Option(float, "weight of the reference's features in the decoder, 0 to 1"),
    },
)
def stablesr(
    checkpoint: str,
    device: "torch.device",
    dtype: "torch.dtype",
    variant: str | None = None,
    head_width: int = 64,
    fidelity: float = 0.5,
) -> Decoder:
    """Folder of the released files, see `restorers/stablesr_releases.py`.

    fidelity: weight of the encoder's features in the decoder, 0 (the most natural) to 1 (the most faithful);
    head_width: of the UNet's attention, 64 in Stable Diffusion 2.
    """
    folder = released_folder(checkpoint, SOURCE)
    from cmc.t2i.restorers.stablesr_decoder import load_stablesr

    return load_stablesr(folder, variant, device, dtype, head_width, fidelity)
