"""DreamSim (Fu et al., 2023): how unlike two pictures look to people, in one layout, pose and meaning.

Of its networks the single one, DINO's ViT-B/16, whose attention was fine-tuned by LoRA; the distance is as of the
package dreamsim 0.2.1 (`dreamsim_type="dino_vitb16"`).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.core.errors import CMCError, reason
from cmc.metrics.base import Metric
from cmc.metrics.embedding import EmbeddingMetric
from cmc.metrics.weight_files import Weights, load_strictly, locate, read_weights
from cmc.registry import METRICS

if TYPE_CHECKING:
    from timm.models.vision_transformer import VisionTransformer
    from torch import Tensor, device, dtype

BACKBONE = "dino_vitbase16_pretrain.pth"
DINO = f"https://dl.fbaipublicfiles.com/dino/dino_vitbase16_pretrain/{BACKBONE}"
LORA = "dino_vitb16_single_lora"
CONFIG, ADAPTER = f"{LORA}/adapter_config.json", f"{LORA}/adapter_model.bin"
ZIP = "https://github.com/ssundaram21/dreamsim/releases/download/v0.2.0-checkpoints/dreamsim_dino_vitb16_checkpoint.zip"
# Side in pixels of what the network sees, whatever a picture's shape.
SIDE = 224
# Of every head of DINO's transformers.
HEAD = 64
# ImageNet's, as DINO was trained.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# PEFT's name of the half, A or B, of what is added to an attention's weights.
_HALF = re.compile(r".*\.(blocks\.\d+\.attn\.qkv)\.lora_([AB])\.weight")


class DreamSim(EmbeddingMetric):
    """1 less the cosine of the class tokens of the last block, before its norm, each less its own mean."""

    note = "DINO ViT-B/16 alone, not the ensemble"

    def __init__(self, folder: Path, device: "device") -> None:
        import torch

        backbone, adapter = read_weights(folder / BACKBONE), read_weights(locate(folder, ADAPTER))
        state = add_lora(backbone, adapter, _scale(folder / CONFIG))
        self._network, self._device = _build(backbone, state).eval().to(device), device
        self._mean, self._deviation = (torch.tensor(of).view(3, 1, 1).to(device) for of in (MEAN, DEVIATION))
        hashes = backbone.sha256 + adapter.sha256
        self.identity = {
            "metric": "dreamsim",
            "weights": hashlib.sha256(hashes.encode()).hexdigest(),
            "device": device.type,
        }

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        return [1 - cosine for cosine in super().score(pictures, gt)]

    def embed(self, pictures: Sequence[np.ndarray]) -> "Tensor":
        import torch

        pixels = torch.from_numpy(np.stack([_shrink(picture) for picture in pictures])).to(self._device)
        pixels = (pixels.permute(0, 3, 1, 2).float() / 255 - self._mean) / self._deviation
        tokens = self._network.forward_features(pixels)[:, 0]
        return tokens - tokens.mean(1, keepdim=True)


def _shrink(picture: np.ndarray) -> np.ndarray:
    from PIL import Image

    return np.array(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _scale(path: Path) -> float:
    """By how much PEFT multiplies what an adapter adds."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        return config["lora_alpha"] / config["r"]
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise CMCError(f"{path} is no configuration of LoRA ({reason(error)}); download it again") from error


def add_lora(backbone: Weights, adapter: Weights, scale: float) -> "Mapping[str, Tensor]":
    """The backbone's weights with those of an adapter of its attention added, `scale` B A.

    Raises CMCError for an adapter that has none, or anything else.
    """
    halves: dict[str, dict[str, Tensor]] = {}
    for name, value in adapter.state.items():
        match = _HALF.fullmatch(name)
        if match is None or f"{match[1]}.weight" not in backbone.state:
            raise CMCError(f"{adapter.path} holds {name}, which is no LoRA of DINO's attention; download it again")
        halves.setdefault(f"{match[1]}.weight", {})[match[2]] = value
    try:
        added = {name: backbone.state[name] + scale * half["B"] @ half["A"] for name, half in halves.items()}
    except (KeyError, RuntimeError) as error:
        raise CMCError(f"{adapter.path} does not fit {BACKBONE} ({reason(error)}); download it again") from error
    if not added:
        raise CMCError(f"{adapter.path} is empty; download it again")
    return {**backbone.state, **added}


def _build(backbone: Weights, state: "Mapping[str, Tensor]") -> "VisionTransformer":
    """A transformer of the shapes of `state`, which timm names as DINO does, without its last norm."""
    import torch
    from timm.models.vision_transformer import VisionTransformer

    try:
        width, _, patch, _ = state["patch_embed.proj.weight"].shape
    except (KeyError, ValueError) as error:
        raise CMCError(f"{backbone.path} is no transformer of DINO ({reason(error)}); download it again") from error
    depth = len({name.split(".")[1] for name in state if name.startswith("blocks.")})
    network = VisionTransformer(
        SIDE, patch, num_classes=0, embed_dim=width, depth=depth, num_heads=max(1, width // HEAD)
    )
    load_strictly(network, Weights(backbone.path, dict(state), {}, backbone.sha256), "transformer of DINO")
    network.norm = torch.nn.Identity()
    return network


@METRICS.register(
    "dreamsim",
    needs=["timm"],
    full_reference=True,
    higher_is_better=False,
    range=(0.0, 2.0),
    colour="RGB",
    paper="arXiv 2306.09344",
    licence="MIT; DINO: Apache-2.0",
    weights={BACKBONE: DINO, CONFIG: ZIP, ADAPTER: ZIP},
)
def dreamsim(folder: Path, device: "device", dtype: "dtype", **_: object) -> Metric:
    """Consistency as people see it."""
    return DreamSim(folder, device)
