from itertools import pairwise

import numpy as np
import pytest

from cmc.codecs.grid_geometry import LEVELS, PixelGrid
from cmc.codecs.pixelgrid import pack, to_levels
from cmc.core.errors import CMCError
from cmc.stream import grid_coder
from tests.conftest import photo

# None of these took part in fitting the weights (tools/pixel_prior.py).
UNSEEN = ("astronaut.png", "rocket.jpg", "retina.jpg", "hubble_deep_field.jpg")


def _round_trip(levels: np.ndarray, count: int = LEVELS) -> int:
    data = grid_coder.encode(levels, count)
    back = grid_coder.decode(data, levels.shape[1], levels.shape[0], count)
    assert back.dtype == np.uint8
    assert np.array_equal(back, levels)
    return len(data)


def test_unseen_photographs_take_at_most_seventy_percent() -> None:
    shares = {}
    for name in UNSEEN:
        levels = to_levels(photo(name))
        shares[name] = _round_trip(levels) / (levels.size / 2)
    assert max(shares.values()) <= 0.70, shares
    assert sum(shares.values()) / len(shares) <= 0.45, shares


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (16, 16)])
def test_every_shape_and_content_comes_back(shape: tuple[int, int]) -> None:
    dice = np.random.default_rng(0)
    for levels in (
        np.zeros((*shape, 3), np.uint8),
        np.full((*shape, 3), 15, np.uint8),
        dice.integers(0, 16, (*shape, 3)).astype(np.uint8),
        (dice.integers(0, 2, (*shape, 3)) * 15).astype(np.uint8),
    ):
        _round_trip(levels)


@pytest.mark.parametrize("count", [2, 8, 32, 256])
def test_other_numbers_of_levels_come_back_in_fewer_bits_than_raw(count: int) -> None:
    grid = PixelGrid(32, count)
    levels = to_levels(photo("rocket.jpg"), grid)
    assert _round_trip(levels, count) < 0.7 * len(pack(levels, grid))
    noise = np.random.default_rng(0).integers(0, count, (3, 5, 3)).astype(np.uint8)
    _round_trip(noise, count)


def test_flat_pictures_cost_little() -> None:
    assert _round_trip(np.full((16, 16, 3), 15, np.uint8)) <= 24


def test_intervals_cover_the_whole_without_gap() -> None:
    for predicted in (-5000, 0, 1900, 3840, 9000):
        for width in (grid_coder.NARROWEST, 100, 100_000):
            starts = [grid_coder.start(level, predicted, width) for level in range(17)]
            assert starts[0] == 0
            assert starts[-1] == grid_coder.total(16)
            assert all(after - before >= grid_coder.FLOOR for before, after in pairwise(starts))


def test_the_bytes_are_frozen() -> None:
    levels = (np.arange(4 * 5 * 3).reshape(4, 5, 3) * 7 % 16).astype(np.uint8)
    assert (
        grid_coder.encode(to_levels(photo("rocket.jpg"))).hex()
        == "001e2fbee8a95ffc7276490760ec5ada78d44ae90cbc8d5f451a6bb505e027b443891f3b85878f"
    )
    assert (
        grid_coder.encode(levels).hex()
        == "0d5d76f7d5bb9832dc8b8657a425cb18666f9af9412469ea1b0c52d7aaed2fe350003ff208d5032147c2b098924cbf43e96df7c0"
    )


def test_damaged_bytes_are_refused() -> None:
    data = grid_coder.encode(to_levels(photo("retina.jpg")))
    with pytest.raises(CMCError, match="end too early"):
        grid_coder.decode(data[:40], 23, 23)
    with pytest.raises(CMCError, match="follow the coded symbols"):
        grid_coder.decode(data, 2, 2)
