"""DINOv2 similarity: how alike two pictures are in the class token of DINOv2 (ViT-B/14, Oquab et al., 2023)."""

from pathlib import Path
from typing import TYPE_CHECKING

from cmc.metrics.base import Metric
from cmc.metrics.embedding import TransformersEmbedding, sources
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

FOLDER = "dinov2-base"


class DinoV2(TransformersEmbedding):
    """Cosine of the class tokens, behind the last norm, of a picture and its ground truth."""

    kind = "DINOv2"

    def __init__(self, folder: Path, device: "torch.device") -> None:
        from transformers import BitImageProcessorPil, Dinov2Model

        super().__init__("dinov2", folder, Dinov2Model, BitImageProcessorPil, device)

    def embed_pixels(self, pixels: "torch.Tensor") -> "torch.Tensor":
        return self._network(pixel_values=pixels).last_hidden_state[:, 0]


@METRICS.register(
    "dinov2",
    needs=["transformers"],
    full_reference=True,
    higher_is_better=True,
    range=(-1.0, 1.0),
    colour="RGB",
    paper="arXiv 2304.07193",
    licence="Apache-2.0",
    weights=sources(FOLDER, "facebook"),
)
def dinov2(folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object) -> Metric:
    """Consistency of meaning and layout."""
    return DinoV2(folder / FOLDER, device)
