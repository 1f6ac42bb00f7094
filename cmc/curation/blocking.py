"""Traces of a JPEG's blocks in pixels, whatever file they lie in now (Fan & de Queiroz, Identification of bitmap
compression history, IEEE Transactions on Image Processing 12(2), 2003)."""

import numpy as np
from PIL import Image

BLOCK = 8
# Values that a difference of four pixels can take.
LEVELS = 2 * 255 + 1


def blocking(image: Image.Image) -> float | None:
    """How far differences across the corners of 8x8 blocks are distributed otherwise than those in the blocks' middles,
    from 0 (alike, never compressed) to 2; None for a picture without a corner to look at.

    image: RGB, whose grid of blocks begins at its upper left corner, as a JPEG's does that was not cut or scaled since.
    Photographs that never were JPEGs stay below 0.25, those saved at quality 75 are above 0.3 (docs/curation.md).
    """
    luma = np.asarray(image.convert("L"), np.int16)
    rows, columns = (side // BLOCK * BLOCK for side in luma.shape)
    if min(rows, columns) < 2 * BLOCK:
        return None
    luma = luma[:rows, :columns]
    differences = np.abs(luma[:-1, :-1] - luma[:-1, 1:] - luma[1:, :-1] + luma[1:, 1:])
    middles = differences[BLOCK // 2 - 1 :: BLOCK, BLOCK // 2 - 1 :: BLOCK]
    corners = differences[BLOCK - 1 :: BLOCK, BLOCK - 1 :: BLOCK]
    return float(np.abs(_shares(middles) - _shares(corners)).sum())


def _shares(differences: np.ndarray) -> np.ndarray:
    counts = np.bincount(differences.ravel(), minlength=LEVELS)
    return counts / counts.sum()
