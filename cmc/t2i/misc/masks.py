"""An item's map as a mask of a picture, and mixing by it, in 8 bits as MISC's notebook does."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from cmc.core.images import RESAMPLING
from cmc.maps.item_map import expand

# (bits (8, 8), (width, height) of the picture, (width, height) that it is generated at) to a mask (height, width) of
# the second, float32: 255 inside, 0 outside.
Edges = Callable[[np.ndarray, tuple[int, int], tuple[int, int]], np.ndarray]


def hard(bits: np.ndarray, size: tuple[int, int], target: tuple[int, int]) -> np.ndarray:
    """Every bit a block; what lies between two bits is one's or the other's."""
    return expand(bits, target).astype(np.float32) * 255


def soft(bits: np.ndarray, size: tuple[int, int], target: tuple[int, int]) -> np.ndarray:
    """Blocks at the picture's size, then bicubic, as published: it overshoots 0 and 255 where it changes anything."""
    blocks = Image.fromarray(hard(bits, size, size))
    return np.asarray(blocks.resize(target, RESAMPLING))


EDGES: dict[str, Edges] = {"soft": soft, "hard": hard}


def mix(new: np.ndarray, old: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """new * mask + old * (1 - mask), in whole numbers that are cut, not rounded: on soft edges up to two levels dark.

    new, old: uint8 (height, width, 3); mask: (height, width), 0 to 255, which it may overshoot.
    """
    inside, outside = (_levels(part)[..., None] for part in (mask, 255 - mask))
    return (new * inside // 255 + old * outside // 255).astype(np.uint8)


def _levels(mask: np.ndarray) -> np.ndarray:
    return np.clip(mask, 0, 255).astype(np.uint16)
