"""CLIPSIM: how alike two pictures are in what CLIP sees in them (ViT-B/32, Radford et al., 2021)."""

from pathlib import Path
from typing import TYPE_CHECKING

from cmc.metrics.base import Metric
from cmc.metrics.embedding import TransformersEmbedding, sources
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

FOLDER = "clip-vit-base-patch32"


class ClipSim(TransformersEmbedding):
    """Cosine of the image embeddings of a picture and its ground truth."""

    kind = "CLIP"

    def __init__(self, folder: Path, device: "torch.device") -> None:
        from transformers import CLIPImageProcessorPil, CLIPModel

        super().__init__("clipsim", folder, CLIPModel, CLIPImageProcessorPil, device)

    def embed_pixels(self, pixels: "torch.Tensor") -> "torch.Tensor":
        return self._network.get_image_features(pixel_values=pixels).pooler_output


@METRICS.register(
    "clipsim",
    needs=["transformers"],
    full_reference=True,
    higher_is_better=True,
    range=(-1.0, 1.0),
    colour="RGB",
    licence="MIT (OpenAI's CLIP)",
    weights=sources(FOLDER, "openai"),
)
def clipsim(folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object) -> Metric:
    """Consistency of meaning."""
    return ClipSim(folder / FOLDER, device)
