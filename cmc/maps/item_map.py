"""An item's map: 8x8 bits that say where in a picture it is, and back at the picture's size.

As MISC makes it (arXiv 2402.16749), but for any size and shape: bits cover equal parts of either side.
"""

import numpy as np

SIDE = 8
THRESHOLD = 0.35
# A Gaussian is cut at so many standard deviations.
CUT = 4


def item_map(similar: np.ndarray) -> np.ndarray:
    """bool (8, 8): where an item is in a picture, from its similarities (height, width) in [0, 1].

    They are cut to whole levels of 255, made small, and compared with THRESHOLD.
    """
    levels = (similar * 255).astype(np.uint8)
    return shrink(levels / np.float32(255)) > THRESHOLD


def shrink(values: np.ndarray) -> np.ndarray:
    """A picture (height, width) as float64 (8, 8), blurred against aliasing, as scikit-image's `resize` defines it."""
    rows, columns = (shrink_weights(length) for length in values.shape)
    return rows @ values @ columns.T


def shrink_weights(length: int) -> np.ndarray:
    """(8, length): what each pixel of a side counts in the small side's: linear between two pixels of a blurred side,
    the edges mirrored."""
    factor = length / SIDE
    offsets, blur = _blur(max(0.0, (factor - 1) / 2))
    places = (np.arange(SIDE) + 0.5) * factor - 0.5
    first = np.floor(places).astype(int)
    weights = np.zeros((SIDE, length))
    for pixel, share in ((first, 1 - (places - first)), (first + 1, places - first)):
        sources = _mirror(pixel[:, None] + offsets, length)
        np.add.at(weights, (np.arange(SIDE)[:, None], sources), share[:, None] * blur)
    return weights


def _blur(sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """(offsets, weights that sum to 1) of a Gaussian; one pixel without a sigma."""
    radius = int(CUT * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / (sigma or 1)) ** 2)
    return offsets, weights / weights.sum()


def _mirror(places: np.ndarray, length: int) -> np.ndarray:
    """Places beyond a side's ends, mirrored into it without repeating the end."""
    period = max(1, 2 * (length - 1))
    inside = places % period
    return np.minimum(inside, period - inside) if length > 1 else np.zeros_like(places)


def expand(bits: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A map (8, 8) at a picture's (width, height): (height, width), every bit a block; what a side has over a multiple
    of 8 makes the first blocks a pixel longer."""
    columns, rows = (np.repeat(np.arange(SIDE), _lengths(length)) for length in size)
    return bits[np.ix_(rows, columns)]


def _lengths(length: int) -> list[int]:
    return [length // SIDE + (place < length % SIDE) for place in range(SIDE)]
