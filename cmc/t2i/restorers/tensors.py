"""Requests to tensors and back, sizes, and noise that depends on a request's seed alone."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cmc.t2i.base import Picture, Request


def to_images(requests: Sequence[Request], device: torch.device) -> Tensor:
    """References as (batch, 3, height, width) float32 in [0, 1]."""
    pixels = np.stack([np.asarray(request.reference, dtype=np.float32) for request in requests]) / 255
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous().to(device)


def to_pictures(images: Tensor) -> list[Picture]:
    """Pictures of (batch, 3, height, width), clamped to [0, 1]; NaN stays NaN."""
    batch = images.clamp(0, 1).permute(0, 2, 3, 1).float().cpu().numpy()
    return [Picture(np.ascontiguousarray(pixels)) for pixels in batch]


def pad(images: Tensor, multiple: int, mode: str = "constant") -> Tensor:
    """The same with rows and columns added up to multiples of `multiple`: black ones, or mirrored (`reflect`), or those
    at the edge repeated (`replicate`)."""
    height, width = images.shape[2:]
    return functional.pad(images, (0, -width % multiple, 0, -height % multiple), mode=mode)


def enlarged(images: Tensor, short_edge: int) -> Tensor:
    """With a shorter edge of `short_edge` pixels, bicubic, where it is shorter."""
    height, width = images.shape[2:]
    scale = max(1, short_edge / min(height, width))
    return resized(images, (round(height * scale), round(width * scale)))


def resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """At (height, width), bicubic."""
    if tuple(images.shape[2:]) == size:
        return images
    return functional.interpolate(images, size=size, mode="bicubic", antialias=True)


class Noise:
    """Gaussian noise, one generator a request and on the CPU: the same on every device and in every batch."""

    def __init__(self, requests: Sequence[Request], device: torch.device) -> None:
        self.generators = [torch.Generator("cpu").manual_seed(request.seed) for request in requests]
        self._device = device

    def __call__(self, like: Tensor) -> Tensor:
        """Fresh noise of the shape (batch, …) of `like`, float32."""
        drawn = [torch.randn(like.shape[1:], generator=generator) for generator in self.generators]
        return torch.stack(drawn).to(self._device)
