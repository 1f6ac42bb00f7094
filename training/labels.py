"""What scenes show as numbers, for heads that are thrown away after training."""

from collections.abc import Iterable

import numpy as np
import torch

from cmc.scenes.attributes import COLOURS, KINDS, POSITIONS
from training.data import SceneSet

OBJECTS = [name for kind in KINDS.values() for name in kind.objects]
SETTINGS = [name for kind in KINDS.values() for name in kind.settings]
# How many classes of object, colour and setting there are, and of these and the position.
CLASSES = [len(OBJECTS), len(COLOURS), len(SETTINGS)]
CLASSES_AND_POSITION = [*CLASSES, len(POSITIONS)]


def labels(data: SceneSet, chosen: np.ndarray) -> torch.Tensor:
    """Object, colour and setting of each of the `chosen` (n,) scenes, int64 (3, n)."""
    shown = [data.shown[i] for i in chosen]
    colours = list(COLOURS)
    rows = [(OBJECTS.index(s.object), colours.index(s.colour), SETTINGS.index(s.setting)) for s in shown]
    return torch.tensor(rows).T


def positions(data: SceneSet, chosen: np.ndarray) -> torch.Tensor:
    """Where the main object of each of the `chosen` (n,) scenes stands, int64 (1, n)."""
    return torch.tensor([[POSITIONS.index(data.shown[i].position) for i in chosen]])


def classification_loss(logits: Iterable[torch.Tensor], truths: Iterable[torch.Tensor]) -> torch.Tensor:
    """The sum of the cross-entropies of (n, classes) logits with (n,) labels."""
    pairs = zip(logits, truths, strict=True)
    losses = (torch.nn.functional.cross_entropy(guess, truth) for guess, truth in pairs)
    return sum(losses, start=torch.zeros(()))
