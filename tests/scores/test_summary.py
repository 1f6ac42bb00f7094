from pathlib import Path

import pytest

from cmc.scores.score_file import DIGESTS, write_scores, write_summary
from cmc.scores.summary import ALL, OVERALL, RATES, Cell, overall, summarise
from cmc.stages.evaluate import Score
from tests.tables import read

# The benchmark's T2I leaderboard: FR and NR of full, image, pixel, text, then Overall.
PUBLISHED = {
    "DiffBIR": ([2.9194, 2.863], [2.5803, 1.7342], 2.6466),
    "PASD": ([2.727, 2.6378], [2.2256, 2.0101], 2.4942),
    "PG25": ([2.0716, 1.9612, 1.7418, 1.7382], [2.9194, 2.9935, 3.626, 3.7299], 2.3579),
    "RealVis": ([2.5646, 2.5033, 1.9878, 1.7805], [2.0415, 1.8098, 2.7815, 3.4802], 2.3155),
    "SDXL": ([2.4184, 2.3482, 1.9103, 1.7471], [1.6837, 1.5586, 1.9724, 3.4225], 2.1238),
    "InstructPix": ([2.1519, 2.3457], [1.7191, 1.2219], 1.9894),
}
MODES = ["full", "image", "pixel", "text"]
SETTINGS = {"target": "real", "fr_order": "published", "fr_weights": "abc"}
# Where no stream was kept.
NO_RATE = dict.fromkeys((*RATES, *DIGESTS), "")


def score(name: str, mode: str, fr: float, nr: float) -> Score:
    return Score(name, "real", mode, {"fr": fr, "nr": nr})


def cell(cells: list[Cell], mode: str, content: str = ALL) -> Cell:
    return next(one for one in cells if (one.mode, one.content) == (mode, content))


@pytest.mark.parametrize("model", PUBLISHED)
def test_overall_is_the_leaderboards(model: str) -> None:
    frs, nrs, expected = PUBLISHED[model]
    scores = [score("NSI_pgc_000.png", mode, fr, nr) for mode, fr, nr in zip(MODES, frs, nrs)]
    found = cell(summarise(scores), OVERALL).overall
    assert found == pytest.approx(expected, abs=1.01e-4)


def test_means_by_mode_and_content_type() -> None:
    cells = summarise(
        [
            score("NSI_pgc_000.png", "text", 1.0, 5.0),
            score("NSI_ugc_001.png", "text", 3.0, 7.0),
            score("SCI_game_002.png", "text", 8.0, 0.0),
            score("mine.png", "text", 0.0, 0.0),
            score("NSI_pgc_000.png", "full", 2.0, 2.0),
            score("NSI_ugc_001.png", "full", 4.0, 2.0),
            score("SCI_game_002.png", "full", 6.0, 2.0),
            score("mine.png", "full", 4.0, 6.0),
        ]
    )
    assert [(one.mode, one.content) for one in cells] == [
        (mode, content)
        for mode in ("full", "text", OVERALL)
        for content in (ALL, "NSI", "NSI/pgc", "NSI/ugc", "SCI", "SCI/game", "other")
    ]
    assert cell(cells, "text", "NSI/ugc").means == {"fr": 3.0, "nr": 7.0}
    assert cell(cells, OVERALL, "SCI/game").means == {"fr": 7.0, "nr": 1.0}
    assert cell(cells, "text").means == {"fr": 3.0, "nr": 3.0}
    assert cell(cells, "text", "NSI").means == {"fr": 2.0, "nr": 6.0}
    assert cell(cells, "full").means == {"fr": 4.0, "nr": 3.0}
    assert cell(cells, OVERALL).means == {"fr": 3.5, "nr": 3.0}
    assert cell(cells, OVERALL).overall == overall(3.5, 3.0) == pytest.approx(10 / 3)
    assert cell(cells, OVERALL, "NSI").overall == pytest.approx((2 * 2.5 + 4.0) / 3)


def test_failed_and_missing_are_counted_and_in_no_mean() -> None:
    scores = [score(f"NSI_pgc_{number:03}.png", "full", 2.0, 1.0) for number in range(3)]
    scores.append(Score("NSI_pgc_003.png", "real", "full", {}, "failed: black"))
    scores.append(Score("NSI_pgc_004.png", "real", "full", {}, "missing"))
    scores.append(Score("NSI_pgc_005.png", "real", "full", {}, "unusable: truncated"))
    found = cell(summarise(scores), "full")
    assert (found.n, found.expected, found.failed, found.missing) == (3, 6, 1, 2)
    assert found.means == {"fr": 2.0, "nr": 1.0}


def test_there_is_no_overall_over_a_mode_without_scores() -> None:
    cells = summarise([score("a.png", "full", 2.0, 1.0), Score("a.png", "real", "text", {}, "failed: black")])
    assert cell(cells, "full").overall is not None
    assert cell(cells, OVERALL).overall is None
    assert cell(cells, OVERALL).means == {}


def test_files_say_everything(tmp_path: Path) -> None:
    scores = [
        score("NSI_pgc_000.png", "full", 1 / 3, 2.0),
        Score("SCI_game_001.png", "real", "full", {}, 'failed: "NaN", twice'),
    ]
    write_scores(tmp_path / "scores.csv", scores, SETTINGS)
    rows = read(tmp_path / "scores.csv")
    assert rows == [
        {"name": "NSI_pgc_000.png", "content_type": "NSI", "subtype": "pgc", "mode": "full", "fr": "0.333333"}
        | {"nr": "2.000000", "status": "ok"}
        | NO_RATE
        | SETTINGS,
        {"name": "SCI_game_001.png", "content_type": "SCI", "subtype": "game", "mode": "full", "fr": "", "nr": ""}
        | {"status": 'failed: "NaN", twice'}
        | NO_RATE
        | SETTINGS,
    ]
    write_summary(tmp_path / "summary.csv", summarise(scores), SETTINGS)
    rows = read(tmp_path / "summary.csv")
    assert [(row["mode"], row["content_type"]) for row in rows] == [
        (mode, content) for mode in ("full", "Overall") for content in ("all", "NSI", "NSI/pgc", "SCI", "SCI/game")
    ]
    assert rows[0]["fr"] == "0.333333"
    assert (rows[0]["n"], rows[0]["n_expected"], rows[0]["failed"], rows[0]["missing"]) == ("1", "2", "1", "0")
    assert rows[0]["overall"] == ""
    assert rows[5]["overall"] == f"{(2 / 3 + 2) / 3:.6f}"
    assert rows[8]["overall"] == rows[8]["fr"] == ""
    assert all(row["fr_order"] == "published" for row in rows)
