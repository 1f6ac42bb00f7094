"""Reading pictures as 8-bit RGB, and writing them whole."""

import io
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from cmc.core.errors import ImageError
from cmc.core.files import write_atomic

# Pillow's own default, which the published scripts resize with.
RESAMPLING = Image.Resampling.BICUBIC
# Pillow's bomb threshold (about 89 million pixels), made an error instead of a warning.
MAX_PIXELS = Image.MAX_IMAGE_PIXELS or 89_478_485
# A picture thinner than this share of its length (64 of 1024) leaves a latent with nothing to denoise.
MIN_ASPECT = 1 / 16


def _open(path: Path, data: bytes | None = None) -> Image.Image:
    try:
        image = Image.open(path if data is None else io.BytesIO(data))
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path} has far more than {MAX_PIXELS:,} pixels; scale it down") from error
    except Exception as error:  # Pillow's plugins raise any kind on rubbish
        raise ImageError(f"{path} is not a readable image ({error}); replace it") from error
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(f"{path} is {image.width}x{image.height}, over {MAX_PIXELS:,} pixels; scale it down")
    return image


def _damaged(path: Path, error: Exception) -> ImageError:
    return ImageError(f"{path} is damaged or truncated ({error}); replace it")


def _orientation(image: Image.Image) -> int:
    # Reading a PNG's tag would decode the whole picture, and no camera writes one.
    return 1 if image.format == "PNG" else image.getexif().get(ExifTags.Base.Orientation, 1)


def probe(path: Path) -> tuple[int, int]:
    """(width, height) in pixels as `load_rgb` returns it, from the header and, for PNG, the chunk checksums.

    Raises ImageError for an unreadable, truncated or oversized file, without decoding it.
    """
    try:
        _open(path).verify()
        image = _open(path)
        on_its_side = _orientation(image) >= 5
    except ImageError:
        raise
    except Exception as error:
        raise _damaged(path, error) from error
    width, height = image.size
    return (height, width) if on_its_side else (width, height)


def load_rgb(path: Path, data: bytes | None = None) -> Image.Image:
    """A picture as 8-bit RGB, upright by its EXIF tag; `data`: the file's bytes where they were read already.

    16-bit grey is scaled to 8 bits (Pillow alone would clip it to white); alpha is dropped, as the published
    scripts do. Raises ImageError for an unreadable, truncated or oversized file.
    """
    image = _open(path, data)
    try:
        image.load()
        if _orientation(image) > 1:
            image = ImageOps.exif_transpose(image)
    except Exception as error:
        raise _damaged(path, error) from error
    if image.mode.startswith("I"):
        grey = np.clip(np.asarray(image, dtype=np.float64) / 257.0, 0, 255)
        image = Image.fromarray(np.round(grey).astype(np.uint8))
    rgb = image.convert("RGB")
    rgb.info.clear()  # colour profiles and comments would travel into every stream made from the picture
    return rgb


def save_png(path: Path, image: Image.Image) -> None:
    """Write a lossless PNG, whole or not at all."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    write_atomic(path, buffer.getvalue())


def render_size(size: tuple[int, int], max_side: int, multiple: int) -> tuple[int, int]:
    """(width, height) for the decoder: longest side `max_side`, the other in proportion and a sixteenth at least; both
    rounded to a pixel and then down to a multiple of `multiple`, as the published script and diffusers do."""
    width, height = (max(max_side * MIN_ASPECT, round(side / max(size) * max_side)) for side in size)
    return _cut(width, multiple), _cut(height, multiple)


def _cut(side: float, multiple: int) -> int:
    return max(multiple, int(side) // multiple * multiple)
