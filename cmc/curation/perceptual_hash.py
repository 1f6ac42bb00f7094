"""Pictures by what they look like: a hash that copies share, scaled, recompressed or a little brighter."""

import numpy as np
from PIL import Image

# Pixels a side of what is transformed, and coefficients a side of what is kept.
SIDE, KEPT = 32, 8


def perceptual_hash(image: Image.Image) -> str:
    """64 bits in hexadecimal: which of an RGB picture's lowest 8x8 DCT coefficients are above their median (pHash,
    Zauner 2010), as the package ImageHash has them."""
    from scipy.fft import dctn

    pixels = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS), float)
    lowest = dctn(pixels)[:KEPT, :KEPT]
    return np.packbits(lowest > np.median(lowest)).tobytes().hex()


def distance(first: str, second: str) -> int:
    """In how many of 64 bits two hashes differ."""
    return (int(first, 16) ^ int(second, 16)).bit_count()
