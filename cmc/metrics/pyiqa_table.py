"""Metrics of other authors as pyiqa computes them, described by data alone."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from cmc.metrics.pyiqa_metric import create
from cmc.metrics.pyiqa_weights import Part
from cmc.registry import METRICS

PYIQA = "https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/"
TORCHVISION = "https://download.pytorch.org/models/"
TIMM = "https://huggingface.co/timm/"
CLIP_RN50 = "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"
OPENAI = "https://openaipublic.azureedge.net/clip/models/"
ALEXNET = "alexnet-owt-7be5be79.pth"
VGG16 = "vgg16-397923af.pth"
RESNET50, VIT = "resnet50.a1_in1k", "vit_base_patch8_224.augreg2_in21k_ft_in1k"
AHIQ = "AHIQ_vit_p8_epoch33-da3ea303.pth"


def _add(
    name: str,
    arch: str,
    reference: bool,
    higher: bool,
    range: tuple[float | None, float | None],
    licence: str,
    parts: Sequence[Part] = (),
    options: dict[str, Any] | None = None,
    clip: tuple[Part, str] | None = None,
    colour: str = "RGB",
    learns: dict[str, Any] | None = None,
    crop: int | None = None,
) -> None:
    """Register one: `arch` is module and class of pyiqa.archs, `options` are its constructor's, `parts` its weights.

    clip: the file of the CLIP that the constructor asks for, and the prefix of its keys there. range: of the scores,
    None where they have no end. colour: what it sees of a picture. learns: options under which it can be fine-tuned,
    without weights to begin with, None if it cannot; crop: side in pixels of the only squares that it then takes.
    """
    files = (*parts, *(clip[:1] if clip else ()))
    METRICS.register(
        name,
        needs=["pyiqa"],
        arch=arch,
        full_reference=reference,
        higher_is_better=higher,
        range=range,
        colour=colour,
        licence=f"code: PolyForm Noncommercial 1.0.0 (pyiqa); weights: {licence}",
        weights={part.file: part.source for part in files},
        parts=parts,
        options=options or {},
        clip=clip,
        learns=learns,
        crop=crop,
    )(partial(create, name))


def _file(name: str, **where: str) -> Part:
    return Part(name, PYIQA + name, **where)


OPEN, BARE, UNTRAINED, LUMA = (None, None), {"pretrained": False}, {"pretrained": None}, "Y of YIQ"
_ALEX = _file("LPIPS_v0.1_alex-df73285e.pth", keys=r"lin(?:s\.)?(\d)\.(.*)", named=r"lin\1.\2")
_ALEXNET = Part(ALEXNET, TORCHVISION + ALEXNET, r"net\.slice\d\.(.*)", r"features.\1", unused=r"classifier\..*")
_VGG16 = Part(VGG16, TORCHVISION + VGG16, r"stage\d\.(\d+\.(?:weight|bias))", r"features.\1", unused=r"classifier\..*")
_AHIQ = (
    _file(AHIQ, keys=r"regressor\.(.*)", named=r"\1", inside="regressor_model_state_dict"),
    _file(AHIQ, keys=r"deform_net\.(.*)", named=r"\1", inside="deform_net_model_state_dict"),
    Part(f"{RESNET50}.safetensors", TIMM + RESNET50, r"resnet50\.(.*)", r"\1"),
    Part(f"{VIT}.safetensors", TIMM + VIT, r"vit\.(.*)", r"\1"),
)
_RN50 = Part("RN50.pt", f"{OPENAI}{CLIP_RN50}/RN50.pt", archive_sha256=CLIP_RN50)
_LIQE = _file("liqe_koniq.pt", inside="params")
_KONIQ = "KonIQ-10k, trained by pyiqa"

_add("psnr", "psnr_arch.PSNR", True, True, (0, 80), "none")
_add("ssim", "ssim_arch.SSIM", True, True, (0, 1), "none", colour=LUMA)
_add("ms_ssim", "ssim_arch.MS_SSIM", True, True, (0, 1), "none", colour=LUMA)
_add(
    "lpips",
    "lpips_arch.LPIPS",
    True,
    False,
    (0, None),
    "BSD-2-Clause; AlexNet: BSD-3-Clause",
    (_ALEX, _ALEXNET),
    BARE,
    learns=BARE,
)
_add(
    "dists",
    "dists_arch.DISTS",
    True,
    False,
    (0, 1),
    "MIT; VGG: BSD-3-Clause",
    (_file("DISTS_weights-f5e65c96.pth", keys="alpha|beta"), _VGG16),
    BARE,
    learns=BARE,
)
_add(
    "pieapp",
    "pieapp_arch.PieAPP",
    True,
    False,
    OPEN,
    "as PieAPP's",
    (_file("PieAPPv0.1-0937b014.pth"),),
    BARE,
    learns=BARE,
    crop=64,
)
_add("ahiq", "ahiq_arch.AHIQ", True, True, OPEN, "as AHIQ's; timm's: Apache-2.0", _AHIQ, BARE, learns=BARE, crop=224)
_add(
    "cnniqa",
    "cnniqa_arch.CNNIQA",
    False,
    True,
    OPEN,
    _KONIQ,
    (_file("CNNIQA_koniq10k-e6f14c91.pth", inside="params"),),
    UNTRAINED,
    learns=UNTRAINED,
)
_add(
    "dbcnn",
    "dbcnn_arch.DBCNN",
    False,
    True,
    OPEN,
    _KONIQ,
    (_file("DBCNN_KonIQ10k-2de81c0a.pth", inside="params"),),
    BARE,
    learns={**BARE, "fc": False},
)
_add(
    "hyperiqa",
    "hypernet_arch.HyperNet",
    False,
    True,
    OPEN,
    _KONIQ,
    (_file("HyperIQA-resnet50-koniq10k-c96c41b1.pth", inside="params"),),
    BARE,
    learns=BARE,
    crop=224,
)
# Fine-tuned as CLIP-IQA+: of the paper's two the one whose prompt learns.
_add(
    "clipiqa",
    "clipiqa_arch.CLIPIQA",
    False,
    True,
    (0, 1),
    "MIT (OpenAI's CLIP)",
    clip=(_RN50, ""),
    learns={**BARE, "model_type": "clipiqa+"},
)
_add("liqe", "liqe_arch.LIQE", False, True, (1, 5), "as LIQE's", (_LIQE,), BARE, clip=(_LIQE, "clip_model."))
