"""What is measured of a candidate without a model."""

from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import ImageError
from cmc.core.images import load_rgb
from cmc.curation.blocking import blocking
from cmc.curation.jpeg_quality import jpeg_quality
from cmc.curation.perceptual_hash import perceptual_hash


@dataclass(frozen=True)
class Measures:
    """Sides in pixels, upright; jpeg_quality: None where the file is no JPEG; blocking: of the upright pixels, None
    where they are too few; hash: `perceptual_hash`; fault: why nothing could be measured."""

    width: int = 0
    height: int = 0
    jpeg_quality: int | None = None
    blocking: float | None = None
    hash: str = ""
    fault: str = ""


def measure(path: Path) -> Measures:
    """Of a picture as the toolkit loads it, or with the fault of one that it cannot load."""
    try:
        image = load_rgb(path)
        quality = jpeg_quality(path)
    except (ImageError, OSError) as error:
        return Measures(fault=str(error))
    return Measures(image.width, image.height, quality, blocking(image), perceptual_hash(image))
