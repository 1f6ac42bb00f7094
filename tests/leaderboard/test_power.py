import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from cmc.leaderboard.power import power_table, variance_table
from cmc.leaderboard.power_report import power_cells, power_csv, variance_cells
from cmc.leaderboard.rows import Row, published_rows, seed_rows, user_rows
from cmc.scores.score_file import ScoreFile
from cmc.scores.seed_groups import SeedGroup
from cmc.stages.evaluate import Score
from tests.scored import SETTINGS, benchmark_names, drawn

MEANS = {"full": (2.55, 2.2), "image": (2.4, 2.0), "pixel": (1.95, 2.7), "text": (1.78, 3.6)}


def _file(name: str, values: dict[str, list[float]], metric: str = "fr") -> ScoreFile:
    """Scores by mode of images 0.png, 1.png, …; NR is 0 throughout."""
    scores = [
        Score(f"{image}.png", name, mode, {metric: value, "nr": 0.0})
        for mode, of_images in values.items()
        for image, value in enumerate(of_images)
    ]
    return ScoreFile(name, scores, SETTINGS)


def _pairs(rows: list[Row], *args: str, **options: bool) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(pair.better, pair.worse, pair.modes) for pair in power_table(rows, *args, **options)]


def test_neighbours_are_those_of_the_same_modes() -> None:
    files = [
        *(
            _file(name, {"full": [best, 3.0], "image": [1.0, 2.0]})
            for name, best in (("b", 2.0), ("a", 1.0), ("c", 3.0))
        ),
        *(_file(name, {"full": [best, 3.0]}) for name, best in (("e", 1.0), ("d", 2.0))),
    ]
    rows = user_rows(files, {})
    two, one = ("full", "image"), ("full",)
    assert _pairs(rows) == [("c", "b", two), ("b", "a", two), ("d", "e", one)]
    every = _pairs(rows, every_pair=True)
    assert len(every) == 10
    # Over the modes that both have.
    assert ("c", "e", one) in every
    assert _pairs(rows, "psnr") == []


def test_published_rows_are_neighbours_of_what_may_be_compared_with_them() -> None:
    names = benchmark_names({"NSI": 40, "SCI": 30, "AIGI": 30})
    row, barred = user_rows([ScoreFile(name, drawn(name, names, MEANS), SETTINGS) for name in ("mine", "barred")], {})
    rows = [*published_rows(), row, replace(barred, barred=("FR in the standard order",))]
    modes = ("full", "image", "pixel", "text")
    assert _pairs(rows) == [("PG25", "mine", modes), ("mine", "barred", modes), ("mine", "RealVis", modes)]


def test_less_is_better_where_it_is() -> None:
    scores = {"far": [0.4, 0.6], "near": [0.1, 0.5], "between": [0.3, 0.5]}
    files = [_file(name, {"full": values}, "lpips") for name, values in scores.items()]
    first, second = power_table(user_rows(files, {}), "lpips", lower_is_better=True)
    assert (first.better, first.worse, first.statistic) == ("near", "between", "lpips")
    assert (second.better, second.worse) == ("between", "far")
    assert second.difference.value == pytest.approx(-0.1)
    # Of the differences -0.1 and -0.1 none is positive: they would never change rank.
    assert second.difference.flip == 0.0


def test_the_table_of_single_seeds_by_hand() -> None:
    """Differences 3, -1, -1, 3 of FR, two thirds of that overall: mean 2/3, variance (4/9) 16/3 = 2.370. Images needed:
    3.8415 x 2.370 / 0.4444 = 20.49; for 80 % 7.849 / 3.8415 times as many, 41.9."""
    files = [_file("a", {"full": [4.0, 1.0, 1.0, 4.0]}), _file("b", {"full": [1.0, 2.0, 2.0, 1.0]})]
    pairs = power_table(user_rows(files, {}))
    header, rows = power_cells(pairs)
    row = dict(zip(header, rows[0], strict=True))
    assert (row["better"], row["worse"], row["modes"], row["images now"]) == ("a", "b", "full", "4")
    assert (row["needed"], row["at 80 %"]) == ("21", "42")
    assert row["difference"].startswith("+0.6667 [-0.6667, +2.0000]")
    assert "seeds now" not in header
    (record,) = csv.DictReader(io.StringIO(power_csv(pairs)))
    assert (record["images_needed"], record["images_needed_80"], record["seeds_needed"]) == ("21", "42", "")
    assert record["difference"] == "0.666667"
    assert float(record["flip"]) == pytest.approx(5 / 16, abs=0.03)  # one or none of the four has 3


def test_the_table_of_several_seeds_names_what_the_seeds_do() -> None:
    table = np.array([[1.0, 3.0], [2.0, 6.0], [6.0, 6.0]])
    groups = [
        SeedGroup(tuple(_file(name, {"full": list(1.5 * of_seed)}) for of_seed in made.T), (1, 2))
        for name, made in (("a", table), ("zero", np.zeros((3, 2))))
    ]
    rows = seed_rows(groups, {})
    pairs = power_table(rows)
    header, cells = power_cells(pairs)
    # 1.5 times FR, two thirds of it: the overall score is the table itself; see tests/core/test_crossed.py.
    assert dict(zip(header[-4:], cells[0][-4:])) | {"needed": ""} == {
        "seeds now": "2",
        "needed": "",
        "at 80 %": cells[0][-2],
        "from the seed": "50.0 %",
    }
    # The seeds' part, t(1)^2 (4/3) / 2 = 107.6, is over 4^2: no number of images. Three seeds: t(2)^2 (4/3) / 3 = 8.23
    # with 3.8415 (3 + 2/3) / 3 = 4.70 is 12.9 of 16; for 80 % four: 3.8415 (3 + 2/4) / 3 + 10.128 / 3 = 7.86, 2.80 +
    # 0.8416 sqrt(1.1667 + 0.3333) = 3.83 of 4.
    assert cells[0][7:9] == ["no number", "no number"]
    assert cells[0][10:12] == ["3", "4"]
    (variance,) = [row for row in variance_table(rows) if row.row == "a (2 seeds)"]
    assert variance_cells([variance])[1] == [
        ["a (2 seeds)", "overall", "full", "3", "2", "47.4 %", "21.1 %", "31.6 %", "50.0 %"]
    ]


def test_one_image_tells_nothing_apart() -> None:
    files = [_file("a", {"full": [2.0]}), _file("b", {"full": [1.0]})]
    _header, rows = power_cells(power_table(user_rows(files, {})))
    assert rows[0][6:9] == ["1", "unknown", "unknown"]
