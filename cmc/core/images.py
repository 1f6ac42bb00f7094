"""Reading pictures as 8-bit RGB, and writing them whole."""

import io
import threading
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from cmc.core.depth import to_rgb
from cmc.core.errors import ImageError, reason
from cmc.core.files import write_atomic
from cmc.core.orientation import turn, upright_size
from cmc.core.origin import Origin, png_info

# Pillow's own default, which the published scripts resize with.
RESAMPLING = Image.Resampling.BICUBIC
# Pillow's bomb threshold (about 89 million pixels), made an error instead of a warning.
MAX_PIXELS = Image.MAX_IMAGE_PIXELS or 89_478_485
# A picture thinner than this share of its length (64 of 1024) leaves a latent with nothing to denoise.
MIN_ASPECT = 1 / 16
# Formats whose further frames are moments of an animation.
ANIMATED = ("PNG", "GIF", "WEBP", "AVIF")
# Formats that give back what was saved, TIFF where nothing within it is of another.
LOSSLESS = ("PNG", "BMP", "PPM", "TGA", "TIFF")
LOSSY_TIFF = ("jpeg", "tiff_jpeg", "webp")
# Mean level of 255, half of limited range's black.
NEARLY_BLACK = 8
# Pillow loads its formats when a picture is opened, and in a thread that comes meanwhile it may miss one.
_formats = threading.Lock()


def _open(path: Path, data: bytes | None = None) -> Image.Image:
    """A picture from its file, or from the file's bytes, with nothing but its header read."""
    with _formats:
        Image.init()
        # One text or profile of a PNG may be as large as Pillow lets all of them be together.
        PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY
    try:
        image = Image.open(path if data is None else io.BytesIO(data))
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path} has far more than {MAX_PIXELS:,} pixels; scale it down") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{path} is not a readable image (of no known format); replace it") from error
    except Exception as error:  # Pillow's plugins raise any kind on rubbish
        raise _unreadable(path, error) from error
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(f"{path} is {image.width}x{image.height}, over {MAX_PIXELS:,} pixels; scale it down")
    return image


def _unreadable(path: Path, error: Exception) -> ImageError:
    why = getattr(error, "strerror", None) or reason(error)
    return ImageError(f"{path} is not a readable image ({why}); replace it")


def _damaged(path: Path, error: Exception) -> ImageError:
    return ImageError(f"{path} is damaged or truncated ({reason(error)}); replace it")


def _refuse_animation(path: Path, image: Image.Image) -> None:
    # Further pages of a TIFF and pictures in a camera's JPEG are smaller copies or depth maps.
    if image.format in ANIMATED and getattr(image, "is_animated", False):
        raise ImageError(f"{path} is an animation; save the one frame that is meant")


def probe(path: Path) -> tuple[int, int]:
    """(width, height) in pixels as `load_rgb` returns it, from the header and, for PNG, the chunk checksums.

    Raises ImageError for an unreadable, truncated, animated or oversized file, without decoding it.
    """
    try:
        _open(path).verify()
        image = _open(path)
        _refuse_animation(path, image)
        return upright_size(image)
    except ImageError:
        raise
    except Exception as error:
        raise _damaged(path, error) from error


def is_lossless(path: Path) -> bool:
    """Whether a picture's format, whatever its name, gives back the very pixels that were saved; of WebP, AVIF and
    JPEG 2000, which may, it is not known. Raises ImageError for what is no picture."""
    image = _open(path)
    return image.format in LOSSLESS and image.info.get("compression") not in LOSSY_TIFF


def load_rgb(path: Path, data: bytes | None = None) -> Image.Image:
    """A picture as 8-bit RGB, upright by its EXIF tag; `data`: the file's bytes where they were read already.

    Depths and colours as in `to_rgb`. Raises ImageError for an unreadable, truncated, animated or oversized file, and
    for one that has no scale to 8 bits.
    """
    try:
        # Pillow maps a file that it opens itself, and lays out a TIFF on its side wrongly then.
        content = path.read_bytes() if data is None else data
    except OSError as error:
        raise _unreadable(path, error) from error
    image = _open(path, content)
    try:
        _refuse_animation(path, image)
        transpose = turn(image)
        image.load()
    except ImageError:
        raise
    except Exception as error:
        raise _damaged(path, error) from error
    try:
        rgb = to_rgb(image)
    except ValueError as error:
        raise ImageError(f"{path} cannot be read as 8-bit RGB: {error}; save it as one") from error
    if transpose is not None:
        rgb = rgb.transpose(transpose)
    rgb.info.clear()  # colour profiles and comments would travel into every stream made from the picture
    return rgb


def nearly_black(pixels: np.ndarray) -> bool:
    """Whether 8-bit pixels are so dark on the whole that a codec may rightly leave nothing but black of them."""
    return bool(pixels.mean() < NEARLY_BLACK)


def save_png(path: Path, image: Image.Image, origin: Origin | None = None, level: int | None = None) -> None:
    """Write a lossless PNG that says what it was made from, whole or not at all; `level`: zlib's, 0 (none) to 9, None
    for Pillow's."""
    buffer = io.BytesIO()
    options = {} if level is None else {"compress_level": level}
    image.save(buffer, "PNG", pnginfo=None if origin is None else png_info(origin), **options)
    write_atomic(path, buffer.getvalue())


def render_size(size: tuple[int, int], max_side: int, multiple: int) -> tuple[int, int]:
    """(width, height) for the decoder: longest side `max_side`, the other in proportion and a sixteenth at least; both
    rounded to a pixel and then down to a multiple of `multiple`, as the published script and diffusers do."""
    width, height = (max(max_side * MIN_ASPECT, round(side / max(size) * max_side)) for side in size)
    return _cut(width, multiple), _cut(height, multiple)


def _cut(side: float, multiple: int) -> int:
    return max(multiple, int(side) // multiple * multiple)
