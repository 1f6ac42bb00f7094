from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cmc.core.bootstrap import draw_counts, interval
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.differences import difference
from cmc.leaderboard.power import statistic_of
from cmc.leaderboard.rows import Row, published_rows, seed_rows, user_rows
from cmc.leaderboard.standings import standings
from cmc.leaderboard.tables import board_cells, board_header, boards_csv
from cmc.scores.score_file import ScoreFile
from cmc.scores.seed_groups import SeedGroup
from cmc.stages.evaluate import Score
from tests.scored import SETTINGS, benchmark_names, drawn

NAMES = benchmark_names({"NSI": 40, "SCI": 30, "AIGI": 30})
MEANS = {"full": (2.55, 2.2), "image": (2.4, 2.0), "pixel": (1.95, 2.7), "text": (1.78, 3.6)}
OVERALL = statistic_of("overall", ("full", "image"))


def _seeded(target: str, shift: float, seed: int, noise: float) -> ScoreFile:
    """Scores that share the images' difficulty with every other, and have noise of their own by model and seed."""
    rng = np.random.default_rng([*target.encode(), seed])
    means = {mode: (fr + shift, nr + shift) for mode, (fr, nr) in MEANS.items()}
    scores = drawn(target, NAMES, means)
    noisy = [
        replace(one, values={name: value + rng.normal(0, noise) for name, value in one.values.items()})
        for one in scores
    ]
    return ScoreFile(target, noisy, SETTINGS)


def _rows(*groups: tuple[str, float, tuple[int, ...]], noise: float = 0.2) -> list[Row]:
    made = [
        SeedGroup(tuple(_seeded(name, shift, seed, noise) for seed in seeds), seeds if len(seeds) > 1 else ())
        for name, shift, seeds in groups
    ]
    return seed_rows(made, {})


def test_one_seed_has_the_intervals_of_resampled_images_alone() -> None:
    """Worked out as they were before there were seeds: means by mode of the same 2,000 resamples."""
    (row,) = _rows(("x", 0.0, (42,)))
    file = _seeded("x", 0.0, 42, 0.2)
    by_mode = {
        (mode, metric): np.array(
            [one.values[metric] for one in sorted(file.scores, key=lambda s: s.name) if one.mode == mode]
        )
        for mode in MEANS
        for metric in ("fr", "nr")
    }
    counts = draw_counts(len(NAMES))
    for (mode, metric), values in by_mode.items():
        means = counts @ values / len(NAMES)
        assert interval(row.draws["all", mode, metric]) == pytest.approx(interval(means), abs=1e-12)
    fr, nr = (sum(counts @ by_mode[mode, metric] / len(NAMES) for mode in MEANS) / 4 for metric in ("fr", "nr"))
    (standing,) = standings(BOARDS["t2i"], [row])
    assert standing.bounds == pytest.approx(interval((2 * fr + nr) / 3), abs=1e-12)
    assert row.name == "x"
    assert row.seeds == ()


def test_a_row_of_several_seeds_is_their_mean_and_narrower_about_it() -> None:
    singles = _rows(("x", 0.0, (1,)), ("x", 0.0, (2,)), ("x", 0.0, (3,)), noise=1.0)
    (merged,) = _rows(("x", 0.0, (1, 2, 3)), noise=1.0)
    key = ("all", "full", "fr")
    assert merged.cells[key] == pytest.approx(np.mean([row.cells[key] for row in singles]))
    assert merged.targets == ("x", "x", "x")
    width = np.mean([np.subtract(*interval(row.draws[key])[::-1]) for row in singles])
    # Images of deviation 0.4 with noise of 1 by seed: sqrt(0.16 + 1/3) of sqrt(0.16 + 1); a mean of few seeds may add.
    assert np.subtract(*interval(merged.image_draws[key])[::-1]) / width == pytest.approx(0.65, abs=0.06)


def test_seeds_that_move_every_score_widen_the_interval() -> None:
    files = [_seeded("x", shift, seed, 0.0) for seed, shift in ((1, 0.0), (2, 0.3), (3, 0.6))]
    (row,) = seed_rows([SeedGroup(tuple(files), (1, 2, 3))], {})
    (standing,) = standings(BOARDS["ulb"], [row])
    low, high = standing.bounds or (0, 0)
    # One of 27 resamples takes the lowest seed alone: 0.3 below the mean, times sqrt(3/2) t(2) / 1.96 = 2.689.
    assert standing.score - low == pytest.approx(0.3 * 2.689, rel=0.1)
    assert high - standing.score == pytest.approx(0.3 * 2.689, rel=0.1)


def test_rows_of_the_same_seeds_are_compared_seed_by_seed() -> None:
    """What a seed does to both is no difference; of other seeds it is."""

    def at(target: str, seeds: Mapping[int, float]) -> SeedGroup:
        return SeedGroup(tuple(_seeded(target, shift, seed, 0.0) for seed, shift in seeds.items()), tuple(seeds))

    first, same, other = seed_rows(
        [at("a", {1: 0.1, 2: 0.4, 3: 0.7}), at("b", {1: 0.0, 2: 0.3, 3: 0.6}), at("c", {7: 0.0, 8: 0.3, 9: 0.6})], {}
    )
    paired, apart = difference(first, same, OVERALL), difference(first, other, OVERALL)
    assert paired
    assert apart
    assert (paired.value, apart.value) == pytest.approx((0.1, 0.1))
    assert paired.bounds == pytest.approx((0.1, 0.1))
    assert paired.flip == 0.0
    assert apart.flip > 0.2
    assert apart.spread
    assert paired.spread
    assert paired.spread.variance() == pytest.approx(0, abs=1e-12)
    # Each has seeds of variance 0.09: 0.03 of three.
    assert [source.seed for source in apart.spread.sources] == pytest.approx([0.09, 0.09])
    assert apart.spread.variance() == pytest.approx(0.06)


def test_flip_is_the_share_of_resamples_with_the_other_sign() -> None:
    """Differences +3, -1, -1 of three images: resamples of sums at or below 0 are those with the first one not at all
    (8 of 27), or once beside others (12 of 27: 3 - 2 = 1 is above 0)."""
    scores = {"a": (4.0, 1.0, 1.0), "b": (1.0, 2.0, 2.0)}
    files = [
        ScoreFile(name, [Score(f"{i}.png", name, "full", {"fr": v, "nr": v}) for i, v in enumerate(values)], SETTINGS)
        for name, values in scores.items()
    ]
    first, second = user_rows(files, {})
    found = difference(first, second, statistic_of("overall", ("full",)))
    assert found
    assert found.value == pytest.approx(1 / 3)
    assert found.flip == pytest.approx(8 / 27, abs=0.03)
    assert found.spread
    assert found.spread.image == pytest.approx(np.var([3, -1, -1], ddof=1))
    assert found.seeds_known is False
    assert found.seeds_needed() is None
    # Equal rows never change places.
    equal = difference(first, first, statistic_of("overall", ("full",)))
    assert equal
    assert (equal.flip, equal.images_needed()) == (0.0, None)


def test_the_board_has_the_chance_to_change_rank_with_the_next_ranked_row() -> None:
    rows = [*published_rows(), *_rows(("a", 0.0, (1, 2, 3)), ("b", 0.001, (1, 2, 3)), ("c", -1.0, (42,)))]
    ranking = standings(BOARDS["t2i"], rows)
    flips = {one.row.name: one.flip for one in ranking}
    own = [one.row for one in ranking if one.row.seeds]
    found = difference(*own, statistic_of("overall", tuple(MEANS)))
    assert found
    assert 0 < flips[own[0].name] == found.flip < 0.5
    assert flips["c"] is None
    assert flips["SD15"] == 0.0
    assert flips["SDXL"] is None
    cells = dict(zip(board_header(BOARDS["t2i"]), board_cells(BOARDS["t2i"], ranking, "all", " ")[-2]))
    assert (cells["model"], cells["flip"]) == ("SD15", "0.0 %")
    header, *lines = boards_csv({"t2i": ranking}, "all").splitlines()
    place = header.split(",").index("flip")
    assert [line.split(",")[place] for line in lines][-2:] == ["0.0000", ""]


def test_a_barred_row_has_no_rank_to_lose() -> None:
    rows = _rows(("a", 0.2, (1,)), ("b", 0.1, (1,)), ("c", 0.0, (1,)))
    barred = replace(rows[1], barred=("FR in the standard order",))
    ranking = standings(BOARDS["t2i"], [rows[0], barred, rows[2]])
    found = difference(rows[0], rows[2], statistic_of("overall", tuple(MEANS)))
    assert found
    assert [one.flip for one in ranking] == [found.flip, None, None]


def test_what_one_seed_lost_is_named_and_counted() -> None:
    first, second = _seeded("x", 0.0, 1, 0.1), _seeded("x-seed2", 0.0, 2, 0.1)
    lost = [replace(second.scores[0], values={}, status="failed: no memory"), *second.scores[1:]]
    group = SeedGroup((first, ScoreFile("x-seed2", lost, SETTINGS)), (1, 2))
    (row,) = seed_rows([group], {"x": ("60 image(s)",), "x-seed2": ("60 image(s)", "1 failed")})
    assert row.lost == {"failed": 1}
    assert row.barred == ("60 image(s)", "x-seed2: 1 failed")
    kept = [one.values["fr"] for file in (first, second) for one in file.scores if one.mode == "full"]
    assert np.isfinite(row.tables["all", "full", "fr"]).sum() == len(kept) - 2
