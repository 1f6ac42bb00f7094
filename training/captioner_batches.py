"""What the captioner learns from: scenes moved by a few pixels, their captions, and labels of what they show."""

from typing import NamedTuple

import numpy as np
import torch
from transformers import BertTokenizer

from training.data import SceneSet, to_pixels
from training.labels import labels, positions

BATCH, SHIFT = 64, 6
# Side in pixels of what the captioner sees as one.
PATCH = 16


class Batch(NamedTuple):
    """Pictures and what is to be said of them.

    pixels: float (n, 3, side, side) in [-1, 1]; tokens, mask: int64 (n, length); patches: int64 (2, n x patches), each
    patch's object and colour, 0 without; scenes: int64 (4, n), each picture's object, colour, setting and position.
    """

    pixels: torch.Tensor
    tokens: torch.Tensor
    mask: torch.Tensor
    patches: torch.Tensor
    scenes: torch.Tensor


def draw_batch(data: SceneSet, tokenizer: BertTokenizer, rng: np.random.Generator) -> Batch:
    """Random scenes, each moved by a few pixels."""
    chosen = rng.integers(0, len(data.images), BATCH)
    images, regions = _moved(data, chosen, rng.integers(-SHIFT, SHIFT + 1, (BATCH, 2)))
    cells = images.shape[1] // PATCH
    coverage = regions.reshape(BATCH, cells, PATCH, cells, PATCH).mean(axis=(2, 4))
    covered = torch.from_numpy(coverage > 0.3).flatten(1)
    shown = labels(data, chosen)
    # 0 is a patch without the object.
    patches = torch.stack([(kind[:, None] + 1) * covered for kind in shown[:2]])
    text = tokenizer([data.texts[i] for i in chosen], padding=True, return_tensors="pt")
    scenes = torch.cat([shown, positions(data, chosen)])
    return Batch(to_pixels(images), text.input_ids, text.attention_mask, patches.flatten(1), scenes)


def _moved(data: SceneSet, chosen: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images and regions of the `chosen` (n,) scenes, moved by (n, 2) rows and columns, edges repeated."""
    side = data.images.shape[1]
    images, regions = [], []
    for index, (down, right) in zip(chosen, moves, strict=True):
        rows, columns = (np.clip(np.arange(side) + move, 0, side - 1) for move in (down, right))
        images.append(data.images[index][rows][:, columns])
        regions.append(data.regions[index][rows][:, columns])
    return np.stack(images), np.stack(regions)
