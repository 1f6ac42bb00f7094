"""How far the pixels of two pictures of one size are apart."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

PEAK = 255


@dataclass(frozen=True)
class PixelGap:
    """In levels of 255 over all pixels and channels, the largest and the mean absolute difference; `psnr` in dB,
    infinite for equal pixels."""

    largest: int
    mean: float
    psnr: float


def pixel_gap(first: Image.Image, second: Image.Image) -> PixelGap:
    """Between two 8-bit RGB pictures of one size."""
    gaps = np.abs(np.asarray(first, np.int16) - np.asarray(second, np.int16))
    error = float(np.mean(np.square(gaps, dtype=np.float64)))
    psnr = 10 * np.log10(PEAK**2 / error) if error else np.inf
    return PixelGap(int(gaps.max()), float(gaps.mean()), float(psnr))
