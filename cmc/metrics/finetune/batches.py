"""Opinions as a metric sees them: pictures of one size together, beside their references."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.images import load_rgb, probe
from cmc.metrics.finetune.opinions import Opinion
from cmc.metrics.finetune.trainable import Trainable

if TYPE_CHECKING:
    import torch


def by_size(rows: Sequence[Opinion]) -> list[list[Opinion]]:
    """Rows whose pictures can stand in one tensor, together."""
    groups: dict[tuple[int, int], list[Opinion]] = {}
    for row in rows:
        groups.setdefault(probe(row.image), []).append(row)
    return list(groups.values())


def score_rows(metric: Trainable, rows: Sequence[Opinion]) -> "torch.Tensor":
    """Scores (n,) of rows of one size; of a random part of them where the network learns from parts.

    Raises CMCError where a reference is of another size.
    """
    pictures = [_pictures(metric, [row.image for row in rows])]
    if metric.full_reference:
        references = _pictures(metric, [row.reference for row in rows if row.reference])
        if references.shape != pictures[0].shape:
            raise CMCError(f"{rows[0].image.name} and its reference differ in size; make them alike")
        pictures.append(references)
    if metric.crop and metric.module.training:
        pictures = _cropped(pictures, metric.crop)
    return metric.score(*pictures)


def as_tensor(metric: Trainable, values: np.ndarray | Sequence[float]) -> "torch.Tensor":
    """Numbers as fp32 where the network is."""
    import torch

    return torch.as_tensor(values, dtype=torch.float32, device=next(metric.module.parameters()).device)


def _pictures(metric: Trainable, paths: Sequence[Path]) -> "torch.Tensor":
    """(n, 3, height, width) in [0, 1]."""
    pixels = np.stack([np.asarray(load_rgb(path)) for path in paths])
    return as_tensor(metric, pixels).permute(0, 3, 1, 2) / 255


def _cropped(pictures: "Sequence[torch.Tensor]", side: int) -> "list[torch.Tensor]":
    """The same random square of all, (n, 3, side, side); pictures too small for one are enlarged first."""
    import torch

    height, width = pictures[0].shape[2:]
    if min(height, width) < side:
        height, width = (max(side, round(length * side / min(height, width))) for length in (height, width))
        pictures = [torch.nn.functional.interpolate(batch, (height, width), mode="bilinear") for batch in pictures]
    y, x = (int(torch.randint(0, length - side + 1, ())) for length in (height, width))
    return [batch[:, :, y : y + side, x : x + side] for batch in pictures]
