import math

import pytest

from cmc.core.crossed import Z
from cmc.core.sample_size import POWER_80, SeedVariance, Spread


def test_images_of_single_seeds_are_the_textbooks() -> None:
    """n = (1.96 s / D)^2 = (1.96 x 0.5 / 0.1)^2 = 96.04, and (1.96 + 0.84)^2 = 7.849 times 25 = 196.2."""
    spread = Spread(images=50, image=0.25)
    assert spread.images_needed(0.1) == 97
    assert spread.images_needed(-0.1, POWER_80) == 197
    assert math.ceil((Z + POWER_80) ** 2 * 25) == 197
    assert spread.variance() == pytest.approx(0.005)


def test_equal_means_are_never_told_apart() -> None:
    for spread in (Spread(50, 0.25), Spread(50, 0.0), Spread(50, 0.2, (SeedVariance(3, 0.1, 0.1),))):
        assert spread.images_needed(0.0) is None
        assert spread.seeds_needed(0.0) is None


def test_differences_without_any_variance_are_told_apart_at_once() -> None:
    spread = Spread(50, 0.0, (SeedVariance(3, 0.0, 0.0),))
    assert (spread.images_needed(1e-6), spread.seeds_needed(1e-6)) == (2, 1)
    assert math.isnan(spread.share_of_seed())


def test_images_at_the_seeds_that_are_there() -> None:
    """t(2) = 4.3027: the seeds' part of the squared half is 18.513 x 0.0003 / 3 = 0.00185 of 0.01; the rest is
    3.8415 (0.25 + 0.09 / 3) / n = 1.0756 / n, so n = 1.0756 / 0.00815 = 131.99."""
    spread = Spread(50, 0.25, (SeedVariance(3, 0.0003, 0.09),))
    assert spread.images_needed(0.1) == 132
    assert spread.share_of_seed() == pytest.approx((0.0001 + 0.03 / 50) / (0.0001 + 0.28 / 50))
    # The seeds' part alone, 18.513 x 0.002 / 3 = 0.0123, is over 0.09^2 = 0.0081: no images help, but seeds do.
    too_much = Spread(5000, 0.25, (SeedVariance(3, 0.002, 0.09),))
    assert too_much.images_needed(0.09) is None
    # Four: t(3)^2 = 10.128, 10.128 x 0.002 / 4 = 0.00506, with the images' 0.00021 0.0726^2; 80 % of studies take
    # 0.0726 + 0.8416 x 0.0235 = 0.0924. Five: t(4)^2 = 7.709, 0.0573 + 0.8416 x 0.0213 = 0.0752.
    assert too_much.seeds_needed(0.09) == 4
    assert too_much.seeds_needed(0.09, POWER_80) == 5


def test_seeds_cannot_make_up_for_images() -> None:
    """3.8415 x 0.25 / 50 = 0.0192 is over 0.01 however many seeds there are."""
    assert Spread(50, 0.25, (SeedVariance(3, 0.0, 0.09),)).seeds_needed(0.1) is None


def test_rows_of_different_seeds_bring_both_variances() -> None:
    spread = Spread(100, 0.1, (SeedVariance(2, 0.001, 0.02), SeedVariance(4, 0.003, 0.04)))
    assert spread.variance() == pytest.approx((0.1 + 0.01 + 0.01) / 100 + 0.0005 + 0.00075)
