"""TOPIQ (Chen et al., IEEE TIP 2024), the benchmark's two metrics: consistency (FR) and perception (NR)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError
from cmc.metrics.base import FR, FR_ORDERS, NR, PUBLISHED, STANDARD, Metric
from cmc.metrics.weight_files import Weights, load_strictly, locate, read_weights
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch
    from pyiqa.archs.topiq_arch import CFANet

# Where weights say in which order of its two pictures they were fitted.
FITTED_ORDER = "fr_order"
# The backbone of the released files, and the width of their attention layers; they name neither.
BACKBONE, WIDTH = "resnet50", 256
PAPER = "TOPIQ: A Top-down Approach from Semantics to Distortions for Image Quality Assessment, arXiv:2308.03060"
PAGE = "https://huggingface.co/datasets/lcysyzxdxc/CMC-Bench/blob/main/"
# Pictures of a batch on a GPU: 16 of 1024x1024, which take a few GB of activations in fp32.
BATCH_PIXELS = 16 * 1024 * 1024
# The released weights are fine-tuned to opinions from 0 to 5 (CMC-Bench, appendix); nothing clips to them.
RANGE = (None, None)
# pyiqa, whose network this is; its weights come from the benchmark.
LICENCE = "network: PolyForm Noncommercial 1.0.0 (pyiqa); weights: as the CMC-Bench dataset"


class Topiq(Metric):
    """TOPIQ in evaluation mode. `fr_order` as in FR_ORDERS, None for the network without reference."""

    def __init__(
        self,
        weights: Weights,
        device: "torch.device",
        dtype: "torch.dtype",
        fr_order: str | None,
        compiled: bool = False,
    ) -> None:
        import torch

        from cmc.metrics.topiq_fast import FastCFANet

        self.full_reference = fr_order is not None
        network = FastCFANet(load_network(weights, self.full_reference).eval()).to(device, dtype)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._extract, self._compare = network.features, network.forward
        if compiled:
            # Not all of `forward`, which keeps what it knows of a size: the second call would be compiled anew.
            self._extract = torch.compile(self._extract)
            network.compare = torch.compile(network.compare)
        self._device, self._fr_order = device, fr_order
        self.note = str(weights.extra.get("note", ""))
        self.identity = {
            "metric": "topiq_fr" if self.full_reference else "topiq_nr",
            "weights": weights.sha256,
            "fr_order": fr_order,
            "dtype": str(dtype),
            "compiled": compiled,
            "device": device.type,
        }

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        # TF32 convolutions, cuDNN's default, would be off by more than 1e-4.
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            reference = self._features([gt]) if self.full_reference and gt is not None else None
            size = _batch(pictures[0]) if self._device.type == "cuda" else 1
            parts = [pictures[start : start + size] for start in range(0, len(pictures), size)]
            return [score for part in parts for score in self._scores(part, reference)]

    def _scores(self, pictures: Sequence[np.ndarray], reference: "Sequence[torch.Tensor] | None") -> list[float]:
        features = self._features(pictures)
        if reference is None:
            scores = self._compare(features)
        elif self._fr_order == STANDARD:
            scores = self._compare(features, reference)
        else:
            scores = self._compare(reference, features)
        return scores.float().tolist()

    def _features(self, pictures: Sequence[np.ndarray]) -> "Sequence[torch.Tensor]":
        import torch

        # (height, width, 3) uint8 each, which laid side by side are (n, 3, height, width) channels last already
        images = torch.from_numpy(np.stack(pictures)).to(self._device).permute(0, 3, 1, 2)
        return self._extract(images.float().div_(255))


def _batch(picture: np.ndarray) -> int:
    """How many pictures of this size fit into the memory that a batch may take."""
    height, width = picture.shape[:2]
    return max(1, BATCH_PIXELS // (height * width))


def load_network(weights: Weights, use_ref: bool) -> "CFANet":
    """pyiqa's CFANet on the CPU, filled; the file may name another backbone and width than the released ones'.

    Raises CMCError for a backbone that is not timm's, and for weights that do not fit.
    """
    import timm
    from pyiqa.archs.topiq_arch import CFANet

    from cmc.weights.undrawn import Undrawn

    backbone = weights.extra.get("semantic_model_name", BACKBONE)
    # The constructor would download Swin and CLIP backbones, and timm those that are no names of its own.
    fetched = not isinstance(backbone, str) or "swin" in backbone or "clip" in backbone
    if fetched or not timm.is_model(backbone):
        raise CMCError(f"{weights.path} names the backbone {backbone!r}; expected one of timm's, such as {BACKBONE}")
    width = int(weights.extra.get("inter_dim", WIDTH))
    with Undrawn():
        network = CFANet(backbone, use_ref=use_ref, pretrained=False, backbone_pretrain=False, inter_dim=width)
    load_strictly(network, weights, f"TOPIQ-{'FR' if use_ref else 'NR'} with a {backbone} backbone")
    return network


_FACTS: dict[str, Any] = {
    "higher_is_better": True,
    "range": RANGE,
    "colour": "RGB",
    "licence": LICENCE,
    "paper": PAPER,
    "inexact": True,
}


@METRICS.register(
    "topiq_fr",
    needs=["pyiqa"],
    full_reference=True,
    columns=(FR,),
    weights={"topiq-fr.pth": PAGE + "topiq-fr.pth"},
    **_FACTS,
)
def topiq_fr(
    folder: Path, device: "torch.device", dtype: "torch.dtype", fr_order: str | None = None, compiled: bool = False
) -> Metric:
    """Consistency. Not symmetric: `fr_order` as in FR_ORDERS; None is that in which the weights say that they were
    fitted, and the benchmark's for the released ones, which say nothing."""
    weights = read_weights(locate(folder, "topiq-fr.pth"))
    return Topiq(weights, device, dtype, fr_order or fitted_order(weights), compiled)


def fitted_order(weights: Weights) -> str:
    """The order of FR_ORDERS in which weights were fitted. Raises CMCError for one that is none."""
    order = weights.extra.get(FITTED_ORDER, PUBLISHED)
    if order not in FR_ORDERS:
        raise CMCError(f"{weights.path} says {FITTED_ORDER} {order!r}, expected {' or '.join(FR_ORDERS)}; fit it anew")
    return str(order)


@METRICS.register(
    "topiq_nr",
    needs=["pyiqa"],
    full_reference=False,
    columns=(NR,),
    weights={"topiq-nr.pth": PAGE + "topiq-nr.pth"},
    **_FACTS,
)
def topiq_nr(folder: Path, device: "torch.device", dtype: "torch.dtype", compiled: bool = False, **_: object) -> Metric:
    """Perception."""
    return Topiq(read_weights(locate(folder, "topiq-nr.pth")), device, dtype, None, compiled)
