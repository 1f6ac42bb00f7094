"""Metrics of other authors as pyiqa computes them, described by data alone."""

import hashlib
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.errors import CMCError, reason
from cmc.metrics.allocator import keep_buffers
from cmc.metrics.base import Metric
from cmc.metrics.parts import Part, fill, unfetched
from cmc.metrics.weights import Weights
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

PYIQA = "https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/"
TORCHVISION = "https://download.pytorch.org/models/"
TIMM = "https://huggingface.co/timm/"
CLIP_RN50 = "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"
OPENAI = "https://openaipublic.azureedge.net/clip/models/"
ALEXNET = "alexnet-owt-7be5be79.pth"
VGG16 = "vgg16-397923af.pth"
RESNET50, VIT = "resnet50.a1_in1k", "vit_base_patch8_224.augreg2_in21k_ft_in1k"
AHIQ = "AHIQ_vit_p8_epoch33-da3ea303.pth"


class PyiqaMetric(Metric):
    """A network of pyiqa.archs in evaluation mode and fp32, one picture at a time, in the order (decoded, GT)."""

    def __init__(self, name: str, network: "torch.nn.Module", weights: str | None, device: "torch.device") -> None:
        if device.type == "cpu":
            keep_buffers()
        self.full_reference = METRICS.get(name).facts["full_reference"]
        self._name, self._device = name, device
        self._network = network.eval().requires_grad_(False).to(device)
        self.identity = {
            "metric": name,
            "weights": weights,
            "pyiqa": version("pyiqa"),
            "dtype": "torch.float32",
            "device": device.type,
        }

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        # TF32 convolutions, cuDNN's default, would be off by more than 1e-4.
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            others = [self._tensor(gt)] if self.full_reference and gt is not None else []
            return [self._score(picture, others) for picture in pictures]

    def _score(self, picture: np.ndarray, others: "Sequence[torch.Tensor]") -> float:
        try:
            return float(self._network(self._tensor(picture), *others))
        except (AssertionError, RuntimeError, ValueError) as error:
            height, width = picture.shape[:2]
            raise CMCError(f"{self._name} cannot score a picture of {width}x{height} ({reason(error)})") from error

    def _tensor(self, picture: np.ndarray) -> "torch.Tensor":
        import torch

        return torch.from_numpy(picture.copy()).to(self._device).permute(2, 0, 1)[None].float().div(255)


def _create(name: str, folder: Path, device: "torch.device", dtype: "torch.dtype", **_: Any) -> Metric:
    facts = METRICS.get(name).facts
    parts: list[tuple[Part, Weights]] = [(part, part.read(folder)) for part in facts["parts"]]
    clip, prefix = facts["clip"] or (None, "")
    held = clip.read(folder) if clip else None
    state = {key.removeprefix(prefix): value for key, value in held.state.items()} if held else None
    module, kind = facts["arch"].split(".")
    with unfetched(module, state) as arch:
        network = getattr(arch, kind)(**facts["options"])
    fill(network, parts, name)
    hashes = dict.fromkeys(found.sha256 for found in (*(found for _, found in parts), *([held] if held else [])))
    return PyiqaMetric(name, network, hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else None, device)


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
) -> None:
    """Register one: `arch` is module and class of pyiqa.archs, `options` are its constructor's, `parts` its weights.

    clip: the file of the CLIP that the constructor asks for, and the prefix of its keys there. range: of the scores,
    None where they have no end. colour: what it sees of a picture.
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
    )(partial(_create, name))


def _file(name: str, **where: str) -> Part:
    return Part(name, PYIQA + name, **where)


OPEN, BARE, LUMA = (None, None), {"pretrained": False}, "Y of YIQ"
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
    "lpips", "lpips_arch.LPIPS", True, False, (0, None), "BSD-2-Clause; AlexNet: BSD-3-Clause", (_ALEX, _ALEXNET), BARE
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
)
_add("pieapp", "pieapp_arch.PieAPP", True, False, OPEN, "as PieAPP's", (_file("PieAPPv0.1-0937b014.pth"),), BARE)
_add("ahiq", "ahiq_arch.AHIQ", True, True, OPEN, "as AHIQ's; timm's: Apache-2.0", _AHIQ, BARE)
_add(
    "cnniqa",
    "cnniqa_arch.CNNIQA",
    False,
    True,
    OPEN,
    _KONIQ,
    (_file("CNNIQA_koniq10k-e6f14c91.pth", inside="params"),),
    {"pretrained": None},
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
)
_add("clipiqa", "clipiqa_arch.CLIPIQA", False, True, (0, 1), "MIT (OpenAI's CLIP)", clip=(_RN50, ""))
_add("liqe", "liqe_arch.LIQE", False, True, (1, 5), "as LIQE's", (_LIQE,), BARE, clip=(_LIQE, "clip_model."))
