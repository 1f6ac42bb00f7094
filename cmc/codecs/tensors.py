"""Pictures as networks take and give them: tensors (1, 3, height, width) with values in [0, 1]."""

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor


def padded(image: Image.Image, multiple: int) -> "Tensor":
    """An 8-bit RGB picture, its sides padded to multiples with the last row's and column's pixels."""
    import torch

    pixels = np.asarray(image)
    padding = [(0, -side % multiple) for side in pixels.shape[:2]]
    edged = np.pad(pixels, (*padding, (0, 0)), mode="edge")
    return torch.from_numpy(edged).permute(2, 0, 1)[None].float() / 255


def to_picture(tensor: "Tensor", size: tuple[int, int]) -> Image.Image:
    """The 8-bit RGB picture of a tensor's upper left part of (width, height); values are clamped."""
    width, height = size
    pixels = tensor[0, :, :height, :width].clamp(0, 1).mul(255).round().byte()
    return Image.fromarray(np.ascontiguousarray(pixels.permute(1, 2, 0).cpu().numpy()))
