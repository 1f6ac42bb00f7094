"""The demo metrics' backbone learns to tell distortions and their levels apart, as others begin with ImageNet.

TOPIQ itself never updates its backbone's normalisation layers, so that a random one would stay half blind.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import nn

from cmc.core.images import load_rgb
from cmc.metrics.finetune.opinions import Opinion
from training.distortions import BEST, DISTORTIONS, LEVELS, UNSEEN_BY_NR, opinion
from training.loop import train

if TYPE_CHECKING:
    from pyiqa.archs.topiq_arch import CFANet
    from timm.models import FeatureListNet

BATCH, RATE = 32, 2e-3
TYPES = ("none", *DISTORTIONS)
# Those that take a moment, and that show without the original.
QUICK = [name for name in DISTORTIONS if name not in ("vvc", *UNSEEN_BY_NR)]
# uint8 (n, side, side, 3) pictures, their distortions as places in TYPES, their opinions
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
BatchSource = Callable[[np.random.Generator, int], Batch]


class BackboneWithHeads(nn.Module):
    """A timm backbone with two heads, thrown away after training, on the means of all its levels."""

    def __init__(self, backbone: "FeatureListNet") -> None:
        super().__init__()
        self.backbone = backbone
        width = sum(backbone.feature_info.channels())
        self.kind, self.level = nn.Linear(width, len(TYPES)), nn.Linear(width, 1)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, types) logits and (n,) opinions, BEST being 1, of normalised pictures (n, 3, height, width)."""
        features = torch.cat([level.mean((2, 3)) for level in self.backbone(pictures)], 1)
        return self.kind(features), self.level(features)[:, 0]


def distortion_index(name: str) -> int:
    """Which of TYPES a file of the table is: `<scene>_<number>_<distortion>_<level>.png`."""
    return TYPES.index(name.split("_")[2])


def table_batches(rows: Sequence[Opinion]) -> BatchSource:
    """Batches of the table's pictures."""
    images = np.stack([np.asarray(load_rgb(row.image)) for row in rows])
    kinds = np.array([distortion_index(row.image.name) for row in rows])
    opinions = np.array([row.mos for row in rows])

    def batch(rng: np.random.Generator, count: int) -> Batch:
        chosen = rng.integers(0, len(images), count)
        return images[chosen], kinds[chosen], opinions[chosen]

    return batch


def fresh_batches(images: np.ndarray) -> BatchSource:
    """Batches of ever new pictures: any of the scenes `images`, uint8 (n, side, side, 3), spoiled on the spot."""

    def batch(rng: np.random.Generator, count: int) -> Batch:
        names, levels = rng.choice(QUICK, count), rng.integers(0, LEVELS[-1] + 1, count)
        spoiled = []
        for name, level in zip(names, levels, strict=True):
            image = Image.fromarray(images[rng.integers(0, len(images))])
            spoiled.append(np.asarray(DISTORTIONS[name](image, level, rng) if level else image))
        kinds = [TYPES.index(name if level else "none") for name, level in zip(names, levels, strict=True)]
        return np.stack(spoiled), np.array(kinds), np.array([opinion(level) for level in levels])

    return batch


def train_backbone(
    topiq: "CFANet",
    sources: Sequence[BatchSource],
    steps: int,
    seed: int,
    checkpoint: Path,
    device: torch.device,
) -> None:
    """Train the backbone of a CFANet in place, on batches put together from all `sources`."""
    network = BackboneWithHeads(topiq.semantic_model).to(device)

    def loss(step: int) -> torch.Tensor:
        rng = np.random.default_rng([seed, step])
        images, kinds, opinions = _mixed(sources, rng)
        # Distortions stay what they are in the mirror.
        images = images[:, :: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
        pictures = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
        kind, level = network(topiq.preprocess(pictures).to(device))
        kind_loss = nn.functional.cross_entropy(kind, torch.from_numpy(kinds).to(device))
        level_loss = nn.functional.mse_loss(level, torch.from_numpy(opinions / BEST).float().to(device))
        return kind_loss + 5 * level_loss

    topiq.semantic_model = train(network, loss, steps, RATE, checkpoint, decay=0.99).backbone.cpu()


def _mixed(sources: Sequence[BatchSource], rng: np.random.Generator) -> Batch:
    """A batch of as many pictures from each source."""
    batches = [source(rng, BATCH // len(sources)) for source in sources]
    images, kinds, opinions = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    return images, kinds, opinions
