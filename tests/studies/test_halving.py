"""Searches through made-up scores whose best setting is known."""

import random
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pytest

from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.studies.halving import (
    BEHIND,
    BUDGET,
    CUT,
    DROPPED,
    FAILED,
    KEPT,
    OVER,
    SPARED,
    TIED,
    WINNER,
    Halving,
    Measure,
    Sample,
    halve,
)
from tests.scored import benchmark_names

IMAGES = benchmark_names({"NSI": 10, "SCI": 8, "AIGI": 6})
Matrix = Mapping[str, Mapping[str, float]]


def made_up(means: Mapping[str, float], spread: float = 0.1, images: Sequence[str] = IMAGES) -> Matrix:
    """Scores by setting and image: images are hard (0.5) for all settings alike, each setting adds a `spread`, and
    their means over all images are just `means`."""
    rng = np.random.default_rng(4)
    hard = rng.normal(0, 0.5, len(images))
    matrix = {}
    for name, mean in means.items():
        own = hard + rng.normal(0, spread, len(images))
        matrix[name] = dict(zip(images, own - own.mean() + mean, strict=True))
    return matrix


def from_matrix(matrix: Matrix, rates: Matrix | None = None) -> Measure:
    """Samples out of a matrix that is known beforehand."""

    def measure(settings: Sequence[str], images: Sequence[str]) -> Mapping[str, Sample | CMCError]:
        return {name: Sample(_row(matrix[name], images), rates and _row(rates[name], images)) for name in settings}

    return measure


def _row(values: Mapping[str, float], images: Sequence[str]) -> np.ndarray:
    return np.array([values[image] for image in images])


def alone(names: Iterable[str]) -> dict[str, list[str]]:
    """Settings that make one picture an image, each its own."""
    return {name: [name] for name in names}


def fates(found: Halving, rung: int = -1) -> dict[str, str]:
    return {trial.name: trial.fate for trial in found.rungs[rung].trials}


MEANS = {f"setting-{index:02}": 2 + index / 100 for index in range(48)}


def test_the_winner_of_the_full_matrix_is_found_within_the_budget() -> None:
    matrix = made_up(MEANS)
    found = halve({name: [name + mode for mode in MODES] for name in MEANS}, IMAGES, from_matrix(matrix))
    assert found.winner == max(MEANS, key=lambda name: MEANS[name])
    assert found.full == 48 * 24 * 4
    assert found.share <= BUDGET
    assert [rung.images for rung in found.rungs] == [3, 6, 12, 24]


def test_pictures_are_what_was_asked_for_that_had_not_been_asked_for_before() -> None:
    asked: set[tuple[str, str]] = set()
    matrix = from_matrix(made_up(MEANS))

    def measure(settings: Sequence[str], images: Sequence[str]) -> Mapping[str, Sample | CMCError]:
        asked.update((setting, image) for setting in settings for image in images)
        return matrix(settings, images)

    # One picture of its own, one that it shares with five others.
    settings = {name: [name, f"shared {index % 8}"] for index, name in enumerate(MEANS)}
    found = halve(settings, IMAGES, measure)
    assert found.full == (48 + 8) * 24
    assert found.pictures == len({(made, image) for setting, image in asked for made in settings[setting]})
    for rung in found.rungs:
        assert {image for _, image in asked} >= set(found.images[: rung.images])
    last = [trial.name for trial in found.rungs[-1].trials]
    assert {(name, image) for name in last for image in IMAGES} <= asked


def test_the_same_answer_in_whatever_order_things_come() -> None:
    matrix = from_matrix(made_up(MEANS, spread=0.4))
    found = halve(alone(MEANS), IMAGES, matrix)
    shuffled = random.Random(3)
    names, images = shuffled.sample(sorted(MEANS), len(MEANS)), shuffled.sample(IMAGES, len(IMAGES))
    assert halve(alone(names), images, matrix) == found


def test_settings_that_are_not_told_apart_stay_as_far_as_the_budget_allows() -> None:
    """All equal: every one is a tie, and only the budget says how many are looked at on."""
    even = dict.fromkeys(MEANS, 2.0)
    found = halve(alone(even), IMAGES, from_matrix(made_up(even)))
    spared = [len(rung.of_fate(SPARED)) for rung in found.rungs]
    assert sum(spared) > 0
    assert found.share <= BUDGET
    tight = halve(alone(even), IMAGES, from_matrix(made_up(even)), budget=0.3)
    assert tight.pictures < found.pictures
    assert tight.share <= 0.3


def test_a_setting_that_is_clearly_worse_is_not_spared() -> None:
    means = {"a": 3.0, "b": 2.9, "c": 1.0, "d": 0.9}
    found = halve(alone(means), IMAGES, from_matrix(made_up(means, spread=0.01)), budget=0.9)
    assert found.rungs[0].images < len(IMAGES)
    assert fates(found, 0) == {"a": KEPT, "b": KEPT, "c": DROPPED, "d": DROPPED}
    assert fates(found, 1) == {"a": KEPT, "b": DROPPED}


def test_a_setting_as_good_as_the_winner_is_named() -> None:
    matrix = made_up({"a": 3.0, "b": 2.0}, spread=0.01)
    equal = from_matrix({"a": matrix["a"], "b": matrix["b"], "c": matrix["a"]})
    found = halve(alone("abc"), IMAGES, equal, budget=1.3)
    assert fates(found) == {"a": WINNER, "c": TIED, "b": BEHIND}


def test_a_setting_that_the_budget_alone_drops_is_told_from_a_worse_one() -> None:
    matrix = made_up({"a": 3.0, "b": 2.0}, spread=0.01)
    equal = from_matrix({"a": matrix["a"], "b": matrix["b"], "c": matrix["a"]})
    assert fates(halve(alone("abc"), IMAGES, equal), 0) == {"a": KEPT, "c": CUT, "b": DROPPED}


def test_a_setting_that_is_clearly_over_the_rate_is_dropped_at_once() -> None:
    """The best ones are dear; the second lot is near the bound: over it on some images, but not on the whole."""
    rate = {name: 0.05 if index >= 40 else 0.02 for index, name in enumerate(MEANS)}
    rates = {name: dict.fromkeys(IMAGES, value) for name, value in rate.items()}
    found = halve(alone(MEANS), IMAGES, from_matrix(made_up(MEANS, 0.01), rates), max_bpp=0.024)
    assert {trial.name for trial in found.rungs[0].of_fate(OVER)} == {f"setting-{index}" for index in range(40, 48)}
    assert found.winner == "setting-39"


def test_a_setting_that_is_over_the_rate_on_a_few_images_alone_still_wins() -> None:
    first = halve(alone("ab"), IMAGES, from_matrix(made_up({"a": 1, "b": 2}))).images[:3]
    matrix = made_up(MEANS, 0.01)
    rates = {name: dict.fromkeys(IMAGES, 0.02) for name in MEANS}
    # Dear on two of the first three images: 0.028 bpp over them, 0.021 over all.
    rates["setting-47"] = {image: 0.032 if image in first[:2] else 0.02 for image in IMAGES}
    found = halve(alone(MEANS), IMAGES, from_matrix(matrix, rates), max_bpp=0.024)
    assert found.winner == "setting-47"


def test_over_all_images_the_mean_rate_decides() -> None:
    rates = {"a": {image: 0.02 + 0.02 * (index % 2) for index, image in enumerate(IMAGES)}}
    rates["b"] = dict.fromkeys(IMAGES, 0.02)
    found = halve(alone("ab"), IMAGES, from_matrix(made_up({"a": 3, "b": 2}), rates), max_bpp=0.029)
    assert fates(found) == {"a": OVER, "b": WINNER}
    assert halve(alone("a"), IMAGES, from_matrix(made_up({"a": 3}), rates), max_bpp=0.029).winner is None


def test_a_setting_without_a_measured_rate_is_refused_by_name() -> None:
    found = halve(alone("ab"), IMAGES, from_matrix(made_up({"a": 3, "b": 2})), max_bpp=0.024)
    assert found.winner is None
    assert [(trial.name, trial.fate) for trial in found.rungs[0].trials] == [("a", FAILED), ("b", FAILED)]
    assert "rate is unknown" in found.rungs[0].trials[0].reason


def test_a_setting_that_fails_is_out_and_the_rest_goes_on() -> None:
    matrix = from_matrix(made_up(MEANS, 0.01))

    def measure(settings: Sequence[str], images: Sequence[str]) -> Mapping[str, Sample | CMCError]:
        found = dict(matrix(settings, images))
        if len(images) > 3 and "setting-47" in found:
            found["setting-47"] = CMCError("out of memory")
        return found

    found = halve(alone(MEANS), IMAGES, measure)
    assert found.winner == "setting-46"
    assert [(trial.name, trial.reason) for trial in found.rungs[1].of_fate(FAILED)] == [("setting-47", "out of memory")]


def test_one_setting_gets_all_images_at_once() -> None:
    found = halve(alone(["only"]), IMAGES, from_matrix(made_up({"only": 2.0})))
    assert (found.winner, found.share, len(found.rungs)) == ("only", 1, 1)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_few_images_are_enough(count: int) -> None:
    images = IMAGES[:: 24 // count][:count]
    means = {name: 10 * mean for name, mean in MEANS.items()}
    found = halve(alone(means), images, from_matrix(made_up(means, 0.01, images)))
    assert found.winner == "setting-47"
    assert found.rungs[-1].images == count


def test_nothing_to_search_through_is_refused() -> None:
    with pytest.raises(CMCError, match="needs settings and images, found 0 and 24"):
        halve(alone([]), IMAGES, from_matrix({}))
