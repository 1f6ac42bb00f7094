"""Large pictures in overlapping tiles, blended by Gaussian weights (MultiDiffusion, arXiv 2302.08113)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# Variance of the weights as a share of a tile's squared side, as released with StableSR and PASD.
_VARIANCE = 0.01


@dataclass(frozen=True)
class Tile:
    """Sides of `size`, one every `stride`, in whatever unit the plane is measured in."""

    size: int
    stride: int


@dataclass(frozen=True)
class Window:
    """A part of a plane."""

    top: int
    left: int
    height: int
    width: int

    def crop(self, x: Tensor, scale: int = 1) -> Tensor:
        """This part of (…, height, width), measured in pixels `scale` times as fine as the window's unit."""
        rows = slice(self.top * scale, (self.top + self.height) * scale)
        return x[..., rows, self.left * scale : (self.left + self.width) * scale]


def windows(height: int, width: int, tile: Tile) -> list[Window]:
    """Windows of one size that cover the plane; the last of each row and column ends with it."""
    tall, wide = min(tile.size, height), min(tile.size, width)
    rows, columns = _starts(height, tall, tile.stride), _starts(width, wide, tile.stride)
    return [Window(top, left, tall, wide) for top in rows for left in columns]


def _starts(length: int, size: int, stride: int) -> list[int]:
    return [*range(0, length - size, stride), length - size]


def blend(size: tuple[int, int], tile: Tile, compute: Callable[[Window], Tensor], scale: int = 1) -> Tensor:
    """What `compute` gives for each window of a plane, joined without seams.

    size: (height, width) of the plane; compute: a window to (batch, channels, its height * scale, its width * scale).
    Only one window is in work at a time, so that the memory beside the result does not grow with the plane. float32
    unless one window does for all.
    """
    parts = windows(*size, tile)
    if len(parts) == 1:
        return compute(parts[0])
    total, weight_sums = torch.zeros(()), torch.zeros(size[0] * scale, size[1] * scale)
    for window in parts:
        output = compute(window).float()
        weights = _weights(output.shape[2], output.shape[3])
        if not total.ndim:
            total = output.new_zeros(*output.shape[:2], *weight_sums.shape)
        window.crop(total, scale).add_(output * weights.to(output.device))
        window.crop(weight_sums, scale).add_(weights)
    return total / weight_sums.to(total.device)


def _weights(height: int, width: int) -> Tensor:
    return torch.outer(_bell(height), _bell(width))


def _bell(length: int) -> Tensor:
    middle = (length - 1) / 2
    return torch.exp(-(((torch.arange(length) - middle) / length) ** 2) / (2 * _VARIANCE))
