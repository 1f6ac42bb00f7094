"""The demo metrics' backbone learns to tell distortions and their levels apart, as others begin with ImageNet.

TOPIQ itself never updates its backbone's normalisation layers, so that a random one would stay half blind.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from cmc.core.images import load_rgb
from cmc.metrics.finetune.opinions import Opinion
from training.distortions import BEST, DISTORTIONS, LEVELS, UNSEEN_BY_NR, opinion
from training.loop import train

BATCH, RATE = 32, 2e-3
TYPES = ("none", *DISTORTIONS)
# Those that take a moment, and that show without the original.
QUICK = [name for name in DISTORTIONS if name not in ("vvc", *UNSEEN_BY_NR)]
# uint8 (n, side, side, 3) pictures, their kinds as places in TYPES, their opinions
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
Draw = Callable[[np.random.Generator, int], Batch]


class Taught(nn.Module):
    """A timm backbone with two heads, thrown away after training, on the means of all its levels."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        width = sum(backbone.feature_info.channels())  # type: ignore[operator, union-attr]
        self.kind, self.level = nn.Linear(width, len(TYPES)), nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, types) logits and (n,) opinions."""
        seen = torch.cat([level.mean((2, 3)) for level in self.backbone(x)], 1)
        return self.kind(seen), self.level(seen)[:, 0]


def kind_of(name: str) -> int:
    """Which of TYPES a file of the table is: `<scene>_<number>_<distortion>_<level>.png`."""
    return TYPES.index(name.split("_")[2])


def drawn(rows: Sequence[Opinion]) -> Draw:
    """Batches of the table's pictures."""
    images = np.stack([np.asarray(load_rgb(row.image)) for row in rows])
    kinds = np.array([kind_of(row.image.name) for row in rows])
    opinions = np.array([row.mos for row in rows])

    def draw(rng: np.random.Generator, count: int) -> Batch:
        chosen = rng.integers(0, len(images), count)
        return images[chosen], kinds[chosen], opinions[chosen]

    return draw


def made(images: np.ndarray) -> Draw:
    """Batches of ever new pictures: any of the scenes `images`, uint8 (n, side, side, 3), spoiled on the spot."""

    def draw(rng: np.random.Generator, count: int) -> Batch:
        names, levels = rng.choice(QUICK, count), rng.integers(0, LEVELS[-1] + 1, count)
        spoiled = []
        for name, level in zip(names, levels, strict=True):
            image = Image.fromarray(images[rng.integers(0, len(images))])
            spoiled.append(np.asarray(DISTORTIONS[name](image, level, rng) if level else image))
        kinds = [TYPES.index(name if level else "none") for name, level in zip(names, levels, strict=True)]
        return np.stack(spoiled), np.array(kinds), np.array([opinion(level) for level in levels])

    return draw


def teach(topiq: nn.Module, sources: Sequence[Draw], steps: int, seed: int, checkpoint: Path, device: str) -> None:
    """Train the backbone of a CFANet in place, on batches put together from all `sources`."""
    taught = Taught(topiq.semantic_model).to(device)

    def loss(step: int) -> torch.Tensor:
        rng = np.random.default_rng([seed, step])
        parts = [draw(rng, BATCH // len(sources)) for draw in sources]
        images, kinds, opinions = (np.concatenate(part) for part in zip(*parts, strict=True))
        # Distortions stay what they are in the mirror.
        images = images[:, :: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
        x = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
        kind, level = taught(topiq.preprocess(x).to(device))
        wrong = nn.functional.cross_entropy(kind, torch.from_numpy(kinds).to(device))
        away = nn.functional.mse_loss(level, torch.from_numpy(opinions / BEST).float().to(device))
        return wrong + 5 * away

    topiq.semantic_model = train(taught, loss, steps, RATE, checkpoint, decay=0.99).backbone.cpu()
