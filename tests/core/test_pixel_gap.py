import math

import numpy as np
from PIL import Image

from cmc.core.pixel_gap import pixel_gap
from tests.conftest import photo


def test_equal_pictures_are_infinitely_alike() -> None:
    picture = photo("coffee.png")
    gap = pixel_gap(picture, picture)
    assert (gap.largest, gap.mean) == (0, 0.0)
    assert math.isinf(gap.psnr)


def test_two_levels_in_a_quarter_of_the_pixels() -> None:
    dark = np.full((8, 8, 3), 100, np.uint8)
    light = dark.copy()
    light[:4, :4] += 2
    gap = pixel_gap(Image.fromarray(light), Image.fromarray(dark))
    assert (gap.largest, gap.mean) == (2, 0.5)
    assert gap.psnr == 10 * math.log10(255**2 / 1)
