import io
import itertools

import imagehash
import pytest
from PIL import Image, ImageEnhance

from cmc.curation.perceptual_hash import distance, perceptual_hash
from cmc.curation.plan import Plan
from tests.conftest import photo

NAMES = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "page.png", "rocket.jpg", "text.png")
MOST = Plan((), "").distance


def recompressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=20)
    return Image.open(buffer).convert("RGB")


COPIES = {
    "rescaled": lambda image: image.resize((round(0.37 * image.width), round(0.37 * image.height))),
    "recompressed": recompressed,
    "cropped by a pixel": lambda image: image.crop((1, 1, image.width, image.height)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "grey": lambda image: image.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("name", NAMES)
def test_copies_are_near(name: str, copy: str) -> None:
    image = photo(name)
    assert distance(perceptual_hash(image), perceptual_hash(COPIES[copy](image))) <= MOST


def test_different_photographs_are_far() -> None:
    hashes = [perceptual_hash(photo(name)) for name in NAMES]
    assert min(distance(*pair) for pair in itertools.combinations(hashes, 2)) > 2 * MOST


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_hash_of_imagehash(name: str) -> None:
    assert perceptual_hash(photo(name)) == str(imagehash.phash(photo(name)))


def test_distance_counts_bits() -> None:
    assert distance("00000000000000ff", "000000000000000f") == 4
    assert distance("8000000000000000", "0000000000000001") == 2
