"""Metrics of other authors as pyiqa computes them, described by data alone."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.metrics.base import Metric
from cmc.metrics.lpips import Lpips
from cmc.metrics.pyiqa_metric import PYIQA_LICENCE, PyiqaNetwork, create
from cmc.metrics.pyiqa_weights import Part
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

PYIQA = "https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/"
TORCHVISION = "https://download.pytorch.org/models/"
TIMM = "https://huggingface.co/timm/"
RN50_SHA256 = "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"
OPENAI = "https://openaipublic.azureedge.net/clip/models/"
ALEXNET = "alexnet-owt-7be5be79.pth"
VGG16 = "vgg16-397923af.pth"
RESNET50, VIT = "resnet50.a1_in1k", "vit_base_patch8_224.augreg2_in21k_ft_in1k"
AHIQ = "AHIQ_vit_p8_epoch33-da3ea303.pth"


NETWORKS: dict[str, PyiqaNetwork] = {}


def _add(
    name: str,
    network: PyiqaNetwork,
    licence: str,
    *,
    higher_is_better: bool,
    score_range: tuple[float | None, float | None],
    colour: str = "RGB",
) -> None:
    """Register one. `licence`: of its weights; `score_range`, `colour`: `range` and `colour` of `MetricFacts`."""
    NETWORKS[name] = network
    clip = [network.clip[0]] if network.clip else []
    METRICS.register(
        name,
        needs=["pyiqa"],
        full_reference=network.full_reference,
        higher_is_better=higher_is_better,
        range=score_range,
        colour=colour,
        licence=f"{PYIQA_LICENCE}; weights: {licence}",
        weights=_sources([*network.parts, *clip]),
        # A weight file holds the whole network, but for the CLIP under CLIP-IQA.
        tuned_weights=None if network.learns is None else _sources(clip),
    )(partial(_create, name))


def _sources(parts: Iterable[Part]) -> dict[str, str]:
    return {part.file: part.source for part in parts}


def _create(name: str, folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object) -> Metric:
    """pyiqa's networks are computed in fp32, whatever `dtype` and the options say."""
    return create(name, NETWORKS[name], folder, device)


def _file(name: str, **where: str) -> Part:
    return Part(name, PYIQA + name, **where)


# Of scores that have no ends.
OPEN = (None, None)
# Constructors' options that leave weights to us.
BARE: dict[str, Any] = {"pretrained": False}
UNTRAINED: dict[str, Any] = {"pretrained": None}
_ALEX = _file("LPIPS_v0.1_alex-df73285e.pth", keys=r"lin(?:s\.)?(\d)\.(.*)", named=r"lin\1.\2")
_ALEXNET = Part(ALEXNET, TORCHVISION + ALEXNET, r"net\.slice\d\.(.*)", r"features.\1", unused=r"classifier\..*")
_VGG16 = Part(VGG16, TORCHVISION + VGG16, r"stage\d\.(\d+\.(?:weight|bias))", r"features.\1", unused=r"classifier\..*")
_AHIQ = (
    _file(AHIQ, keys=r"regressor\.(.*)", named=r"\1", inside="regressor_model_state_dict"),
    _file(AHIQ, keys=r"deform_net\.(.*)", named=r"\1", inside="deform_net_model_state_dict"),
    Part(f"{RESNET50}.safetensors", TIMM + RESNET50, r"resnet50\.(.*)", r"\1"),
    Part(f"{VIT}.safetensors", TIMM + VIT, r"vit\.(.*)", r"\1"),
)
_RN50 = Part("RN50.pt", f"{OPENAI}{RN50_SHA256}/RN50.pt", archive_sha256=RN50_SHA256)
_LIQE = _file("liqe_koniq.pt", inside="params")
_DISTS = _file("DISTS_weights-f5e65c96.pth", keys="alpha|beta")
_PIEAPP = _file("PieAPPv0.1-0937b014.pth")
_CNNIQA = _file("CNNIQA_koniq10k-e6f14c91.pth", inside="params")
_DBCNN = _file("DBCNN_KonIQ10k-2de81c0a.pth", inside="params")
_HYPERIQA = _file("HyperIQA-resnet50-koniq10k-c96c41b1.pth", inside="params")
_MUSIQ = _file("musiq_koniq_ckpt-e95806b9.pth")
_MANIQA = _file("ckpt_koniq10k.pt")
_MSSWD = _file("msswd_weights.pth", inside="net_dict")
_KONIQ = "KonIQ-10k, trained by pyiqa"

_add(
    "lpips",
    PyiqaNetwork("lpips_arch.LPIPS", True, (_ALEX, _ALEXNET), BARE, learns=BARE, scored_by=Lpips),
    "BSD-2-Clause; AlexNet: BSD-3-Clause",
    higher_is_better=False,
    score_range=(0, None),
)
_add(
    "dists",
    PyiqaNetwork("dists_arch.DISTS", True, (_DISTS, _VGG16), BARE, learns=BARE),
    "MIT; VGG: BSD-3-Clause",
    higher_is_better=False,
    score_range=(0, None),
)
_add(
    "pieapp",
    PyiqaNetwork("pieapp_arch.PieAPP", True, (_PIEAPP,), BARE, learns=BARE, crop=64),
    "as PieAPP's",
    higher_is_better=False,
    score_range=OPEN,
)
_add(
    "ahiq",
    PyiqaNetwork("ahiq_arch.AHIQ", True, _AHIQ, BARE, learns=BARE, crop=224),
    "as AHIQ's; timm's: Apache-2.0",
    higher_is_better=True,
    score_range=OPEN,
)
_add(
    "msswd",
    PyiqaNetwork("msswd_arch.MS_SWD_learned", True, (_MSSWD,), BARE),
    "as MS-SWD's",
    higher_is_better=False,
    score_range=(0, None),
    colour="CIELAB",
)
_add(
    "cnniqa",
    PyiqaNetwork("cnniqa_arch.CNNIQA", False, (_CNNIQA,), UNTRAINED, learns=UNTRAINED),
    _KONIQ,
    higher_is_better=True,
    score_range=OPEN,
)
_add(
    "dbcnn",
    PyiqaNetwork("dbcnn_arch.DBCNN", False, (_DBCNN,), BARE, learns={**BARE, "fc": False}),
    _KONIQ,
    higher_is_better=True,
    score_range=OPEN,
)
_add(
    "hyperiqa",
    PyiqaNetwork("hypernet_arch.HyperNet", False, (_HYPERIQA,), BARE, learns=BARE, crop=224),
    _KONIQ,
    higher_is_better=True,
    score_range=OPEN,
)
# Fine-tuned as CLIP-IQA+: of the paper's two the one whose prompt learns.
_add(
    "clipiqa",
    PyiqaNetwork("clipiqa_arch.CLIPIQA", False, clip=(_RN50, ""), learns={**BARE, "model_type": "clipiqa+"}),
    "MIT (OpenAI's CLIP)",
    higher_is_better=True,
    score_range=(0, 1),
)
_add(
    "liqe",
    PyiqaNetwork("liqe_arch.LIQE", False, (_LIQE,), BARE, clip=(_LIQE, "clip_model.")),
    "as LIQE's",
    higher_is_better=True,
    score_range=(1, 5),
)
_add(
    "musiq",
    PyiqaNetwork("musiq_arch.MUSIQ", False, (_MUSIQ,), BARE),
    "KonIQ-10k; Apache-2.0 (MUSIQ)",
    higher_is_better=True,
    score_range=OPEN,
)
_add(
    "maniqa",
    PyiqaNetwork("maniqa_arch.MANIQA", False, (_MANIQA,), {**BARE, "scale": 0.8}),
    "KonIQ-10k; Apache-2.0 (MANIQA)",
    higher_is_better=True,
    score_range=(0, None),
)
