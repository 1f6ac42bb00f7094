"""TOPIQ (Chen et al., IEEE TIP 2024), the benchmark's two metrics: consistency (FR) and perception (NR)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.errors import CMCError
from cmc.metrics.allocator import keep_buffers
from cmc.metrics.base import Metric
from cmc.metrics.weights import Weights, load_strictly, read_weights
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

# The backbone of the released files, which do not name it.
BACKBONE = "resnet50"
PAPER = "TOPIQ: A Top-down Approach from Semantics to Distortions for Image Quality Assessment, arXiv:2308.03060"
PAGE = "https://huggingface.co/datasets/lcysyzxdxc/CMC-Bench/blob/main/"
# Of the opinion scores that the released weights are fine-tuned to (CMC-Bench, appendix); nothing clips to it.
RANGE = (0.0, 5.0)
# pyiqa, whose network this is; its weights come from the benchmark.
LICENCE = "network: PolyForm Noncommercial 1.0.0 (pyiqa); weights: as the CMC-Bench dataset"


class Topiq(Metric):
    """pyiqa's CFANet in evaluation mode. `fr_order` as in FR_ORDERS, None for the network without reference."""

    def __init__(
        self,
        weights: Weights,
        device: "torch.device",
        dtype: "torch.dtype",
        fr_order: str | None,
    ) -> None:
        if device.type == "cpu":
            keep_buffers()
        self.full_reference = fr_order is not None
        self._network = _network(weights, self.full_reference).to(device, dtype).eval()
        self._device, self._dtype, self._fr_order = device, dtype, fr_order
        self.identity = {
            "metric": "topiq_fr" if self.full_reference else "topiq_nr",
            "weights": weights.sha256,
            "fr_order": fr_order,
            "dtype": str(dtype),
            "device": device.type,
        }

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        # TF32 convolutions, cuDNN's default, would be off by more than 1e-4.
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            reference = self._tensor(gt) if self.full_reference and gt is not None else None
            return [self._one(self._tensor(picture), reference) for picture in pictures]

    def _one(self, picture: "torch.Tensor", reference: "torch.Tensor | None") -> float:
        if reference is None:
            return float(self._network(picture))
        pair = (picture, reference) if self._fr_order == "standard" else (reference, picture)
        return float(self._network(*pair))

    def _tensor(self, pixels: np.ndarray) -> "torch.Tensor":
        import torch

        # (height, width, 3) uint8 to (1, 3, height, width) in [0, 1]
        planes = torch.from_numpy(np.array(pixels)).to(self._device).permute(2, 0, 1)[None]
        return planes.contiguous().float().div(255).to(self._dtype)


def _network(weights: Weights, use_ref: bool) -> "torch.nn.Module":
    import timm
    from pyiqa.archs.topiq_arch import CFANet

    backbone = weights.extra.get("semantic_model_name", BACKBONE)
    # The constructor would download Swin and CLIP backbones, and timm those that are no names of its own.
    fetched = not isinstance(backbone, str) or "swin" in backbone or "clip" in backbone
    if fetched or not timm.is_model(backbone):
        raise CMCError(f"{weights.path} names the backbone {backbone!r}; expected one of timm's, such as {BACKBONE}")
    network = CFANet(backbone, use_ref=use_ref, pretrained=False, backbone_pretrain=False)
    load_strictly(network, weights, f"TOPIQ-{'FR' if use_ref else 'NR'} with a {backbone} backbone")
    return network


_FACTS: dict[str, Any] = {"higher_is_better": True, "range": RANGE, "licence": LICENCE, "paper": PAPER}


@METRICS.register(
    "topiq_fr",
    needs=["pyiqa"],
    full_reference=True,
    weights="topiq-fr.pth",
    source=PAGE + "topiq-fr.pth",
    **_FACTS,
)
def topiq_fr(weights: Path, device: "torch.device", dtype: "torch.dtype", fr_order: str = "published") -> Metric:
    """Consistency. Not symmetric: `fr_order` as in FR_ORDERS."""
    return Topiq(read_weights(weights), device, dtype, fr_order)


@METRICS.register(
    "topiq_nr",
    needs=["pyiqa"],
    full_reference=False,
    weights="topiq-nr.pth",
    source=PAGE + "topiq-nr.pth",
    **_FACTS,
)
def topiq_nr(weights: Path, device: "torch.device", dtype: "torch.dtype", **_: Any) -> Metric:
    """Perception."""
    return Topiq(read_weights(weights), device, dtype, None)
