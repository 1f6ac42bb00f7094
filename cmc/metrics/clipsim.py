"""CLIPSIM: how alike two pictures are in what CLIP sees in them (ViT-B/32, Radford et al., 2021)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError, reason
from cmc.core.files import sha256
from cmc.metrics.base import Metric
from cmc.registry import METRICS
from cmc.weights.strict import check_checkpoint, from_loading_info

if TYPE_CHECKING:
    import torch

FOLDER = "clip-vit-base-patch32"
WEIGHTS = "model.safetensors"


class ClipSim(Metric):
    """Cosine of the image embeddings of a picture and its ground truth, in fp32."""

    full_reference = True

    def __init__(self, folder: Path, device: "torch.device") -> None:
        from transformers import CLIPImageProcessorPil, CLIPModel

        options: dict[str, Any] = {"local_files_only": True}
        try:
            self._prepare = CLIPImageProcessorPil.from_pretrained(folder, **options)
            loaded: Any = CLIPModel.from_pretrained(
                folder,
                output_loading_info=True,
                use_safetensors=True,
                dtype="float32",
                ignore_mismatched_sizes=True,  # misfits are reported below, by name
                **options,
            )
        except Exception as error:  # safetensors and transformers raise kinds of their own on rubbish
            raise CMCError(
                f"{folder} is no CLIP in transformers' format ({reason(error)}); download it again"
            ) from error
        network, info = loaded
        check_checkpoint(folder, from_loading_info(info))
        self._network, self._device = network.eval().to(device), device
        self.identity = {"metric": "clipsim", "weights": sha256(folder / WEIGHTS), "device": device.type}

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            # Copies, since torch warns of arrays that it may not write to.
            batch = self._prepare(
                [picture.copy() for picture in (*pictures, gt) if picture is not None],
                input_data_format="channels_last",
                return_tensors="pt",
            )
            pixels = batch["pixel_values"].to(self._device)
            embeddings = self._network.get_image_features(pixel_values=pixels).pooler_output
            return torch.nn.functional.cosine_similarity(embeddings[:-1], embeddings[-1:]).tolist()


@METRICS.register(
    "clipsim",
    needs=["transformers"],
    full_reference=True,
    higher_is_better=True,
    range=(-1.0, 1.0),
    colour="RGB",
    licence="MIT (OpenAI's CLIP)",
    weights={
        f"{FOLDER}/{name}": f"https://huggingface.co/openai/{FOLDER}"
        for name in ("config.json", "preprocessor_config.json", WEIGHTS)
    },
)
def clipsim(folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object) -> Metric:
    """Consistency of meaning."""
    return ClipSim(folder / FOLDER, device)
