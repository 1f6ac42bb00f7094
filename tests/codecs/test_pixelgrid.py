import numpy as np
import pytest
from PIL import Image

from cmc.codecs.pixelgrid import grid_size, pack, spread, to_image, to_levels, unpack
from cmc.core.errors import CMCError
from tests.conftest import photo


def test_levels_are_rounded_block_means_with_partial_edge_blocks() -> None:
    image = photo("coffee.png").crop((0, 0, 100, 70))
    levels = to_levels(image)
    pixels = np.asarray(image, dtype=np.float64)
    assert levels.shape == (2, 2, 3)
    for row in range(2):
        for column in range(2):
            block = pixels[64 * row : 64 * row + 64, 64 * column : 64 * column + 64]
            assert np.array_equal(levels[row, column], np.round(block.mean((0, 1)) / 17))


@pytest.mark.parametrize("size", [(600, 400), (1, 2000), (33, 31), (64, 64)])
def test_stream_gives_the_levels_back(size: tuple[int, int]) -> None:
    levels = to_levels(photo("astronaut.png").resize(size))
    stream = pack(levels)
    assert len(stream) == -(-levels.size // 2)
    assert np.array_equal(unpack(stream, size), levels)
    with pytest.raises(CMCError, match="bytes of pixels"):
        unpack(stream + b"x", size)


def test_shown_colours_have_sixteen_levels() -> None:
    shown = np.asarray(to_image(to_levels(photo("astronaut.png"))))
    assert set(np.unique(shown)) <= {17 * level for level in range(16)}


def test_spread_puts_each_pixel_on_its_block() -> None:
    grid = Image.new("RGB", (3, 2))
    grid.putpixel((2, 0), (255, 0, 0))
    wide = spread(grid, (150, 100))
    assert grid_size((150, 100)) == grid.size
    assert wide.size == (150, 100)
    assert wide.getpixel((149, 20))[0] > 240
    assert wide.getpixel((30, 20)) == (0, 0, 0)
