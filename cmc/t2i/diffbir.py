"""DiffBIR (arXiv 2308.15070): Stable Diffusion 2.1 under a ControlNet that sees a cleaned latent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError
from cmc.core.facts import Option
from cmc.registry import T2I
from cmc.t2i.base import Decoder

_NEGATIVE = "low quality, blurry, low-resolution, noisy, unsharp, weird textures"
_SD = "v2-1_512-ema-pruned.ckpt"


@dataclass(frozen=True)
class Version:
    """A release: its files, and how it was meant to be sampled.

    control: the ControlNet, or the whole model where `base` is None; cleaners: stage 1, the first one that is there;
    reads_prompt: whether it was trained to follow one.
    """

    name: str
    control: str
    base: str | None = _SD
    cleaners: tuple[str, ...] = ()
    prediction: str = "epsilon"
    guidance_scale: float = 1.0
    negative_prompt: str = ""
    reads_prompt: bool = False


# The first one whose ControlNet is there is loaded, unless `variant` names one.
VERSIONS = (
    Version(
        "v2",
        "v2.pth",
        cleaners=("BSRNet.pth", "scunet_color_real_psnr.pth"),
        guidance_scale=4.0,
        negative_prompt=_NEGATIVE,
        reads_prompt=True,
    ),
    Version(
        "v2.1",
        "DiffBIR_v2.1.pt",
        base="sd2.1-base-zsnr-laionaes5.ckpt",
        cleaners=("realesrgan_s4_swinir_100k.pth",),
        prediction="v_prediction",
        guidance_scale=6.0,
        negative_prompt=_NEGATIVE,
        reads_prompt=True,
    ),
    Version("v1", "v1_general.pth", cleaners=("general_swinir_v1.ckpt",)),
    Version("v1-full", "general_full_v1.ckpt", base=None),
)
_HUB = "https://huggingface.co/lxq007/DiffBIR"
SOURCES = {
    "v2.pth": f"{_HUB}-v2/resolve/main/v2.pth",
    "DiffBIR_v2.1.pt": f"{_HUB}-v2/resolve/main/DiffBIR_v2.1.pt",
    "v1_general.pth": f"{_HUB}-v2/resolve/main/v1_general.pth",
    "general_full_v1.ckpt": f"{_HUB}/resolve/main/general_full_v1.ckpt",
    "sd2.1-base-zsnr-laionaes5.ckpt": f"{_HUB}-v2/resolve/main/sd2.1-base-zsnr-laionaes5.ckpt",
    "realesrgan_s4_swinir_100k.pth": f"{_HUB}-v2/resolve/main/realesrgan_s4_swinir_100k.pth",
    "general_swinir_v1.ckpt": f"{_HUB}/resolve/main/general_swinir_v1.ckpt",
    "BSRNet.pth": "https://github.com/cszn/KAIR/releases/download/v1.0/BSRNet.pth",
    "scunet_color_real_psnr.pth": "https://github.com/cszn/KAIR/releases/download/v1.0/scunet_color_real_psnr.pth",
    _SD: f"{_SD} of Stable Diffusion 2.1 base (withdrawn by its authors from huggingface.co; mirrors keep it)",
}


def pick(folder: Path, variant: str | None) -> Version:
    """The release to load. Raises CMCError when no file of any, or of `variant`, is there."""
    for version in VERSIONS:
        if variant in (None, version.name) and (folder / version.control).is_file():
            return version
    wanted = [version.control for version in VERSIONS if variant in (None, version.name)]
    if not wanted:
        raise CMCError(f"diffbir has no variant {variant!r}; it has {', '.join(one.name for one in VERSIONS)}")
    raise CMCError(f"{folder} has none of {', '.join(wanted)}; download {SOURCES[wanted[0]]} and put it there")


@T2I.register(
    "diffbir",
    needs=["diffusers", "spandrel"],
    modes={"full", "image"},
    checkpoint="Weight/diffbir",
    source="https://huggingface.co/lxq007/DiffBIR-v2, Stable Diffusion 2.1 base",
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
    device: Any,
    dtype: Any,
    variant: str | None = None,
    rescale_guidance: bool = False,
    head_width: int = 64,
) -> Decoder:
    """Folder of the released files, see VERSIONS.

    rescale_guidance: let guidance grow from 1 in noise to one more than its scale; head_width: of the UNet's
    attention, 64 in Stable Diffusion 2.
    """
    from cmc.t2i.restorers.diffbir_decoder import load

    folder = Path(checkpoint)
    decoder = load(folder, pick(folder, variant), SOURCES, device, dtype, head_width)
    decoder.rescale_guidance = rescale_guidance
    return decoder
