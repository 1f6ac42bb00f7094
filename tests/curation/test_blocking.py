import io

import numpy as np
import pytest
from PIL import Image

from cmc.curation.blocking import blocking
from tests.conftest import photo

# None of them ever was a JPEG of their size.
CLEAN = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "gravel.png", "motorcycle_left.png")


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


@pytest.mark.parametrize("name", CLEAN)
def test_blocks_are_told_from_the_pixels_alone(name: str) -> None:
    image = photo(name)
    values = [blocking(image), *(blocking(recompressed(image, quality)) for quality in (75, 50, 20))]
    assert values[0] is not None
    assert values[0] < 0.25
    assert values[1] > 0.3  # type: ignore[operator]
    assert values == sorted(values)  # type: ignore[type-var]


def test_a_photograph_that_came_as_a_jpeg_is_told_whatever_it_is_saved_as() -> None:
    assert blocking(photo("rocket.jpg")) > 0.5  # type: ignore[operator]


def test_scaling_takes_the_traces_away() -> None:
    small = recompressed(photo("motorcycle_left.png"), 50).resize((700, 472), Image.Resampling.LANCZOS)
    assert blocking(small) < 0.25  # type: ignore[operator]


def test_a_value_worked_out_by_hand() -> None:
    """Two blocks a side; every corner of blocks is crossed by a step of 10 in one pixel of four, no middle is."""
    pixels = np.zeros((16, 16), np.uint8)
    pixels[8, 8] = 10
    # The one corner differs by 10, the four middles by 0: no share is the same.
    assert blocking(Image.fromarray(pixels).convert("RGB")) == 2.0
    assert blocking(Image.new("RGB", (16, 16))) == 0.0


def test_without_a_corner_there_is_nothing_to_look_at() -> None:
    assert blocking(Image.new("RGB", (15, 400))) is None
