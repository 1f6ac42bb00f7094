"""DiffBIR's releases (arXiv 2308.15070): their files, where these are, and how each was meant to be sampled."""

from dataclasses import dataclass

from cmc.t2i.restorers.released_files import Release

_NEGATIVE_PROMPT = "low quality, blurry, low-resolution, noisy, unsharp, weird textures"
_STABLE_DIFFUSION = "v2-1_512-ema-pruned.ckpt"


@dataclass(frozen=True)
class DiffBIRRelease(Release):
    """A release: its files, and how it was meant to be sampled.

    file: the ControlNet, or the whole model where `base` is None; degradation_removal: the networks that stage 1 may
    be, the first one that is there; reads_prompt: whether it was trained to follow one.
    """

    base: str | None = _STABLE_DIFFUSION
    degradation_removal: tuple[str, ...] = ()
    prediction: str = "epsilon"
    guidance_scale: float = 1.0
    negative_prompt: str = ""
    reads_prompt: bool = False


# The first one whose file is there is loaded, unless `variant` names one.
RELEASES = (
    DiffBIRRelease(
        "v2",
        "v2.pth",
        degradation_removal=("BSRNet.pth", "scunet_color_real_psnr.pth"),
        guidance_scale=4.0,
        negative_prompt=_NEGATIVE_PROMPT,
        reads_prompt=True,
    ),
    DiffBIRRelease(
        "v2.1",
        "DiffBIR_v2.1.pt",
        base="sd2.1-base-zsnr-laionaes5.ckpt",
        degradation_removal=("realesrgan_s4_swinir_100k.pth",),
        prediction="v_prediction",
        guidance_scale=6.0,
        negative_prompt=_NEGATIVE_PROMPT,
        reads_prompt=True,
    ),
    DiffBIRRelease("v1", "v1_general.pth", degradation_removal=("general_swinir_v1.ckpt",)),
    DiffBIRRelease("v1-full", "general_full_v1.ckpt", base=None),
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
    _STABLE_DIFFUSION: f"{_STABLE_DIFFUSION} of Stable Diffusion 2.1 base (withdrawn by its authors from "
    "huggingface.co; mirrors keep it)",
}
