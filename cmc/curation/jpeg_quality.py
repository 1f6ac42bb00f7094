"""Which quality a JPEG was saved at, read from its quantisation tables."""

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, JpegImagePlugin

# ITU-T T.81 (1992), table K.1: luminance, row by row.
LUMINANCE = (
    *(16, 11, 10, 16, 24, 40, 51, 61),
    *(12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77),
    *(24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101),
    *(72, 92, 95, 98, 112, 100, 103, 99),
)


def jpeg_quality(path: Path) -> int | None:
    """The quality, 1 to 100, at which libjpeg's own table of luminance is nearest to the file's; None where the file is
    no JPEG. Encoders with tables of their own get the quality of the table that is as coarse.

    Reads the header alone. Raises OSError for what Pillow cannot open.
    """
    with Image.open(path) as image:
        if not isinstance(image, JpegImagePlugin.JpegImageFile) or 0 not in image.quantization:
            return None
        table = np.array(image.quantization[0])
    return int(np.abs(_tables() - table).sum(axis=1).argmin()) + 1


@cache
def _tables() -> np.ndarray:
    """(100, 64): libjpeg's tables of luminance at qualities from 1 on (its jcparam.c, in baseline)."""
    qualities = np.arange(1, 101)
    percent = np.where(qualities < 50, 5000 // qualities, 200 - 2 * qualities)
    return np.clip((np.outer(percent, LUMINANCE) + 50) // 100, 1, 255)
