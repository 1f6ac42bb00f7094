import numpy as np
import pytest

from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.rows import Row, bars, published_rows, user_rows
from cmc.leaderboard.standings import Standing, standings
from cmc.leaderboard.tables import boards_csv
from cmc.scores.score_file import ScoreFile
from cmc.stages.evaluate import Score
from tests.scored import SETTINGS, benchmark_names, drawn

NAMES = benchmark_names()
# Between PG25 and RealVis over all four modes.
MEANS = {"full": (2.55, 2.2), "image": (2.4, 2.0), "pixel": (1.95, 2.7), "text": (1.78, 3.6)}


def _file(target: str, scores: list[Score], **settings: str) -> ScoreFile:
    return ScoreFile(target, scores, SETTINGS | settings)


def _mine(found: list[Standing], name: str = "mine") -> Standing:
    return next(one for one in found if one.row.name == name)


def test_a_row_stands_among_the_published_ones() -> None:
    rows = [*published_rows(), *user_rows([_file("mine", drawn("mine", NAMES, MEANS))], {})]
    found = standings(BOARDS["t2i"], rows)
    assert [one.row.name for one in found][:4] == ["PG25", "mine", "RealVis", "PG20"]
    mine = _mine(found)
    expected = (2 * np.mean([fr for fr, _ in MEANS.values()]) + np.mean([nr for _, nr in MEANS.values()])) / 3
    assert mine.score == pytest.approx(expected)
    assert mine.bounds is not None
    assert mine.bounds[0] < expected < mine.bounds[1]
    assert found[0].bounds is None
    assert [one.rank for one in found] == list(range(1, 10))


def test_a_rank_interval_covers_rivals_within_the_noise() -> None:
    realvis = next(row for row in published_rows() if row.name == "RealVis")
    same = {mode: tuple(realvis.cells["all", mode, metric] for metric in ("fr", "nr")) for mode in MEANS}
    rows = [*published_rows(), *user_rows([_file("mine", drawn("mine", NAMES, same))], {})]
    found = standings(BOARDS["t2i"], rows)
    assert _mine(found).ranks == (2, 3)
    assert _mine(found, "RealVis").ranks == (2, 3)
    assert _mine(found, "SD15").ranks == (9, 9)


def test_paired_targets_are_told_apart_where_unpaired_ones_were_not() -> None:
    """0.01 between two targets is far inside each one's interval, and yet certain image by image."""
    better = {mode: (fr + 0.01, nr + 0.01) for mode, (fr, nr) in MEANS.items()}
    files = [_file("a", drawn("a", NAMES, MEANS)), _file("b", drawn("b", NAMES, better))]
    found = standings(BOARDS["elb"], user_rows(files, {}))
    assert [(one.row.name, one.ranks) for one in found] == [("b", (1, 1)), ("a", (2, 2))]
    low, high = found[1].bounds or (0, 0)
    assert low < found[0].score < high


def test_a_two_mode_model_is_ranked_over_those_modes_alone() -> None:
    two = {mode: MEANS[mode] for mode in ("full", "image")}
    rows = [*published_rows(), *user_rows([_file("mine", drawn("mine", NAMES, two))], {})]
    on = {name: [one.row.name for one in standings(board, rows)] for name, board in BOARDS.items()}
    assert [name for name, names in on.items() if "mine" in names] == ["ulb", "restorative"]
    assert on["restorative"] == ["DiffBIR", "PASD", "mine", "StableSR", "InstructPix"]
    assert len(on["ulb"]) == 13
    realvis = _mine(standings(BOARDS["ulb"], rows), "RealVis")
    # Table 3 prints 2.331 for these modes, where all four give 2.3155.
    assert realvis.score == pytest.approx(2.331, abs=6e-4)


def test_boards_by_content_hold_the_papers_rows() -> None:
    rows = [*published_rows(), *user_rows([_file("mine", drawn("mine", NAMES, MEANS))], {})]
    found = standings(BOARDS["ulb"], rows, "AIGI")
    assert _mine(found, "PG25").score == pytest.approx((2 * (2.123 + 2.040) + 3.509 + 3.459) / 6)
    aigi = [score.values for score in drawn("mine", NAMES, MEANS) if score.name.startswith("AIGI")]
    assert len(aigi) == 1200
    assert _mine(found).row.cells["AIGI", "full", "fr"] == pytest.approx(np.mean([one["fr"] for one in aigi[::4]]))
    encoders = standings(BOARDS["i2t"], rows, "SCI")
    assert _mine(encoders, "GPT-4o").score == pytest.approx((2.475 + 1.808 + 1.872 + 2.502) / 4)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"fr_order": "standard"}, "FR in the standard order"),
        ({"dtype": "torch.bfloat16"}, "scored in bfloat16"),
        ({"compiled": "True"}, "scored by compiled networks"),
        ({"fr_weights": "demo"}, "fr_weights demo are not"),
        ({"nr_note": "DEMO scores."}, "its weights say: DEMO scores"),
    ],
)
def test_another_scale_is_never_ranked(settings: dict[str, str], why: str) -> None:
    file = _file("mine", drawn("mine", NAMES, MEANS), **settings)
    weights = {"fr_weights": SETTINGS["fr_weights"]}
    assert bars(_file("mine", file.scores), weights, partial=False) == ()
    barred = bars(file, weights, partial=True)
    assert why in barred[0]
    assert not barred[0].endswith(".")
    rows = [*published_rows(), *user_rows([file], {"mine": barred})]
    found = standings(BOARDS["t2i"], rows)
    assert _mine(found).rank is None
    assert [one.rank for one in found if one.rank] == list(range(1, 9))
    assert [one.row.name for one in found][1] == "mine"


def test_what_other_metrics_weights_say_bars_nothing() -> None:
    assert bars(_file("mine", drawn("mine", NAMES, MEANS), lpips_note="my own"), {}, partial=False) == ()


def test_fewer_images_are_ranked_only_on_request() -> None:
    lost = [*drawn("mine", NAMES, MEANS)]
    lost[0] = Score(lost[0].name, "mine", lost[0].mode, {}, "failed: all black")
    lost[5] = Score(lost[5].name, "mine", lost[5].mode, {}, "missing")
    assert bars(_file("mine", lost), {}, partial=False) == ("1 failed", "1 missing")
    assert bars(_file("mine", lost), {}, partial=True) == ()
    some = drawn("mine", NAMES[:90], MEANS)
    assert bars(_file("mine", some), {}, partial=False)[0].startswith("90 image(s), not the benchmark's")
    assert user_rows([_file("mine", lost)], {})[0].lost == {"failed": 1, "missing": 1}


def _ranks(board: str, files: list[ScoreFile], *others: Row) -> dict[str, tuple[int | None, tuple[int, int] | None]]:
    return {one.row.name: (one.rank, one.ranks) for one in standings(BOARDS[board], [*others, *user_rows(files, {})])}


def test_equal_results_share_a_rank_and_the_next_skips() -> None:
    worse = {mode: (fr - 0.3, nr) for mode, (fr, nr) in MEANS.items()}
    files = [_file(name, drawn(name, NAMES[:60], means)) for name, means in _tied(worse).items()]
    assert _ranks("t2i", files) == {
        "b": (1, (1, 1)),
        "a": (1, (1, 1)),
        "c": (3, (3, 3)),
        "d": (3, (3, 3)),
        "e": (3, (3, 3)),
    }
    header, *lines = boards_csv({"t2i": standings(BOARDS["t2i"], user_rows(files, {}))}, "all").splitlines()
    place = header.split(",").index("rank")
    assert [line.split(",")[place] for line in lines] == ["1", "1", "3", "3", "3"]


def _tied(worse: dict[str, tuple[float, float]]) -> dict[str, dict[str, tuple[float, float]]]:
    return {"d": worse, "b": MEANS, "c": worse, "a": MEANS, "e": worse}


def test_a_tie_with_a_published_row_shares_its_rank() -> None:
    realvis = next(row for row in published_rows() if row.name == "RealVis")
    # The same cells in another order of summing: no difference but rounding.
    twin = Row("twin", "yours", {key: value + 1e-13 for key, value in reversed(realvis.cells.items())})
    ranks = _ranks("elb", [], *published_rows(), twin)
    assert ranks["twin"] == ranks["RealVis"]
    assert len(ranks) - len({rank for rank, _ in ranks.values()}) == 1


def test_near_ties_over_few_images_keep_every_rank_in_its_interval() -> None:
    means = {name: {"pixel": (2.0 + tiny, 2.0), "text": (2.0, 2.0)} for name, tiny in zip("abcd", (0, 1e-12, 0, 2e-6))}
    files = [_file(name, drawn(name, NAMES[:9], mean)) for name, mean in means.items()]
    ranks = _ranks("elb", files)
    assert {name: rank for name, (rank, _) in ranks.items()} == {"d": 1, "a": 2, "b": 2, "c": 2}
    assert all(rank and span and span[0] <= rank <= span[1] for rank, span in ranks.values())
