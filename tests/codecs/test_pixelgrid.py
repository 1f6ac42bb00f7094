import numpy as np
import pytest
from PIL import Image

from cmc.codecs.grid_geometry import MISC, PixelGrid
from cmc.codecs.pixelgrid import (
    from_image,
    grid_size,
    pack,
    spread,
    to_image,
    to_levels,
    unpack,
)
from cmc.core.errors import CMCError
from tests.conftest import photo
from tests.golden import golden


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


def test_misc_s_block_follows_from_the_picture_s_size() -> None:
    assert [MISC.side(size) for size in ((1024, 1024), (700, 2047), (100, 90), (512, 3))] == [64, 127, 32, 32]
    assert grid_size((1024, 1024), MISC) == (16, 16)
    assert grid_size((560, 200), MISC) == (16, 5)
    assert grid_size((500, 20), MISC) == (15, 1)


@pytest.mark.parametrize("number", [0, 1])
def test_misc_s_start_is_its_notebook_s(number: int) -> None:
    data = golden("misc_masks")
    image = Image.fromarray(data.inputs[f"block.{number}.picture"].numpy())
    levels = to_levels(image, MISC)
    assert np.array_equal(to_image(levels, MISC), data.outputs[f"block.{number}.small"])
    assert [MISC.side(image.size), *grid_size(image.size, MISC)] == data.outputs[f"block.{number}.size"].tolist()
    start = np.asarray(spread(to_image(levels, MISC), image.size, MISC), int)
    assert np.abs(start - data.outputs[f"block.{number}.start"].numpy()).max() <= 1


def test_misc_s_start_takes_five_bits_a_channel() -> None:
    assert 8 * len(pack(to_levels(photo("astronaut.png").resize((1024, 1024)), MISC), MISC)) == 3840


@pytest.mark.parametrize(
    "grid", [MISC, PixelGrid(32), PixelGrid(7, 2), PixelGrid(64, 256), PixelGrid(None, 8, "floor")]
)
@pytest.mark.parametrize("size", [(600, 400), (1, 200), (33, 31)])
def test_any_grid_comes_back_from_its_stream_and_its_picture(grid: PixelGrid, size: tuple[int, int]) -> None:
    levels = to_levels(photo("chelsea.png").resize(size), grid)
    columns, rows = grid_size(size, grid)
    assert levels.shape == (rows, columns, 3)
    assert levels.max() < grid.levels
    assert np.array_equal(unpack(pack(levels, grid), size, grid), levels)
    assert np.array_equal(from_image(to_image(levels, grid), grid), levels)
    with pytest.raises(CMCError, match="bytes of pixels"):
        unpack(pack(levels, grid) + b"\0", size, grid)


@pytest.mark.parametrize("grid", [PixelGrid(), MISC, PixelGrid(32), PixelGrid(64, 8), PixelGrid(None, 16, "floor")])
def test_a_run_file_gives_the_grid_back(grid: PixelGrid) -> None:
    assert PixelGrid.from_settings(grid.settings()) == grid


def test_what_is_no_grid_is_refused_and_the_benchmark_s_need_not_be_recorded() -> None:
    assert PixelGrid.from_settings({"source": "streams"}) == PixelGrid()
    for settings in ({"block": 0}, {"block": "wide"}, {"bits": 9}, {"block": 64, "bits": "four"}):
        with pytest.raises(CMCError, match="expected a pixel grid's block and bits"):
            PixelGrid.from_settings(settings)


def test_bits_are_packed_row_by_row_the_highest_first() -> None:
    levels = np.array([[[1, 2, 3]], [[4, 5, 15]], [[0, 9, 8]]], np.uint8)
    assert pack(levels).hex() == "12345f0980"
    assert pack(np.array([[[31, 0, 1]]], np.uint8), MISC) == bytes([0b11111000, 0b00000010])
