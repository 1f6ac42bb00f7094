import numpy as np
import pytest

from cmc.core.bootstrap import draw_counts, draw_seed_counts, interval
from cmc.core.crossed import components, seed_deviations

# Means of images 2, 4, 6, of seeds 3, 5, of all 4.
TABLE = np.array([[1.0, 3.0], [2.0, 6.0], [6.0, 6.0]])
# What is left of the scores without those: 0 0, -1 1, 1 -1.


def test_components_are_those_worked_by_hand() -> None:
    """Mean squares: images 2 (4 + 0 + 4) / 2 = 8; seeds 3 (1 + 1) / 1 = 6; residual 4 / (2 x 1) = 2. Components: images
    (8 - 2) / 2 = 3; seeds (6 - 2) / 3 = 4/3; residual 2. The mean's variance: 3/3 + (4/3)/2 + 2/6 = 2, half of it the
    seed's."""
    found = components(TABLE)
    assert found is not None
    assert (found.images, found.seeds) == (3, 2)
    assert (found.image, found.seed, found.residual) == pytest.approx((3, 4 / 3, 2))
    assert found.shares == pytest.approx((9 / 19, 4 / 19, 6 / 19))
    assert found.from_seed == pytest.approx(0.5)


def test_components_are_estimated_without_bias() -> None:
    rng = np.random.default_rng(4)
    found = [components(_crossed(rng, 12, 4, image=2.0, seed=1.0, residual=0.5)) for _ in range(2000)]
    assert np.mean([one.image for one in found if one]) == pytest.approx(4, rel=0.05)
    # Negative estimates, taken for 0, are rare here.
    assert np.mean([one.seed for one in found if one]) == pytest.approx(1, rel=0.05)
    assert np.mean([one.residual for one in found if one]) == pytest.approx(0.25, rel=0.02)


def test_an_image_without_every_score_is_left_out() -> None:
    assert components(np.vstack([TABLE, [9.0, np.nan]])) == components(TABLE)


@pytest.mark.parametrize("table", [TABLE[:, :1], TABLE[:1], np.empty((0, 3))])
def test_one_seed_or_image_says_nothing(table: np.ndarray) -> None:
    assert components(table) is None
    assert not seed_deviations(table, np.ones((5, table.shape[1]))).any()


def test_seeds_that_change_nothing_add_nothing() -> None:
    same = np.repeat(TABLE[:, :1], 3, axis=1)
    assert not seed_deviations(same, draw_seed_counts((1, 2, 3))).any()
    # Seeds whose means differ by less than the residual explains.
    assert not seed_deviations(np.array([[0.0, 5.0], [5.0, 0.0], [1.0, 1.5]]), draw_seed_counts((1, 2))).any()


def test_deviations_have_the_seeds_variance_and_students_tails() -> None:
    """MS seed - MS residual over N S = (6 - 2) / 6, stretched by t(1) = 12.706 to the normal 1.960."""
    counts = draw_seed_counts((1, 2), resamples=20_000)
    deviations = seed_deviations(TABLE, counts)
    assert deviations.std() == pytest.approx(np.sqrt(4 / 6) * 12.706 / 1.960, rel=0.02)
    # Both twice the first seed, whose mean is 1 below the mean of all.
    assert deviations[counts[:, 0] == 2] == pytest.approx(-np.sqrt(2 * 4 / 6) * 12.706 / 1.960, rel=1e-3)


def test_the_same_seeds_are_drawn_alike_and_others_apart() -> None:
    counts = draw_seed_counts((1, 2, 42))
    assert counts.shape == (2000, 3)
    assert (counts.sum(axis=1) == 3).all()
    assert np.array_equal(counts, draw_seed_counts((1, 2, 42)))
    assert not np.array_equal(counts, draw_seed_counts((1, 2, 43)))


# Standard deviations of image, seed and residual: seeds as the toolkit's, that move no mean; some; nothing else.
MIXES = {"no seed effect": (1, 0, 1), "much residual": (0.5, 0, 1.5), "some": (1, 0.1, 1), "seeds alone": (0.1, 1, 0.1)}


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize(("seeds", "lowest"), [(2, 0.89), (3, 0.89), (5, 0.92), (10, 0.92)])
def test_intervals_cover_the_true_mean_as_often_as_they_say(mix: str, seeds: int, lowest: float) -> None:
    """95 % intervals of synthetic crossed scores with known components; 800 studies tell 1.5 % at two deviations."""
    rng = np.random.default_rng(11)
    image, seed, residual = MIXES[mix]
    counts, seed_counts = draw_counts(60, 600) / 60, draw_seed_counts(range(seeds), 600)
    covered = 0
    for _ in range(800):
        table = _crossed(rng, 60, seeds, image, seed, residual)
        low, high = interval(counts @ table.mean(axis=1) + seed_deviations(table, seed_counts))
        covered += low <= 0 <= high
    assert lowest <= covered / 800 <= 0.98


def _crossed(
    rng: np.random.Generator, images: int, seeds: int, image: float, seed: float, residual: float
) -> np.ndarray:
    """Scores of true mean 0 with these standard deviations."""
    by_image, by_seed = rng.normal(0, image, (images, 1)), rng.normal(0, seed, (1, seeds))
    return by_image + by_seed + rng.normal(0, residual, (images, seeds))
