"""Pictures of every depth and colour model to 8-bit RGB."""

import numpy as np
from PIL import Image, TiffImagePlugin

BITS_PER_SAMPLE, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0
# Formats whose whole numbers of 32 bits are those of 16, which Pillow spreads over their full range.
SIXTEEN_BITS = ("PPM", "PNG")


def to_rgb(image: Image.Image) -> Image.Image:
    """A picture as it was opened and loaded, as 8-bit RGB; alpha is dropped, as the published scripts do.

    Grey of 9 to 16 bits and of floats from 0 to 1 is scaled (Pillow alone would clip the first to white and leave the
    second black). Raises ValueError, which says what was found, for what has no scale of its own.
    """
    if image.mode == "F":
        return _grey(image, 1)
    if image.mode == "I" and image.format not in SIXTEEN_BITS:
        raise ValueError("it holds whole numbers of 32 bits or with a sign, expected 8 or 16 bits a channel")
    if image.mode.startswith("I"):
        return _grey(image, 2 ** _bits(image) - 1)
    if image.mode in ("La", "RGBa"):  # colours multiplied by their alpha
        image = image.convert(image.mode.upper())
    return image.convert("RGB")


def _bits(image: Image.Image) -> int:
    """Of a pixel of grey; TIFF alone has other depths than 8 and 16 that Pillow leaves unscaled."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return 16
    return int(image.tag_v2.get(BITS_PER_SAMPLE, (16,))[0])


def _grey(image: Image.Image, white: int) -> Image.Image:
    """Grey from 0 to `white`, scaled to 8 bits."""
    values = np.asarray(image, dtype=np.float64)
    if not (values.min() >= 0 and values.max() <= white):  # written so that NaN is refused
        raise ValueError(f"it holds levels from {values.min():.6g} to {values.max():.6g}, expected 0 to {white}")
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        values = white - values
    return Image.fromarray(np.round(values * (255 / white)).astype(np.uint8)).convert("RGB")
