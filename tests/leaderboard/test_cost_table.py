import csv
import io
from dataclasses import replace

import pytest

from cmc.core.cost import Cost
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.cost_columns import amount_text, board_cost
from cmc.leaderboard.cost_table import cost_cells, cost_csv, cost_lines
from cmc.leaderboard.rows import Row, as_encoder, published_rows, user_rows
from cmc.leaderboard.standings import standings
from cmc.leaderboard.tables import board_cells, board_header, boards_csv
from cmc.scores.costs import CodingSeconds, TargetCosts
from cmc.scores.score_file import ScoreFile
from tests.scored import SETTINGS, benchmark_names, cost, drawn

MEANS = {"full": (2.55, 2.2), "image": (2.4, 2.0), "pixel": (1.95, 2.7), "text": (1.78, 3.6)}
NAMES = benchmark_names({"NSI": 3, "SCI": 2, "AIGI": 2})
FULL = Cost(**cost(10, 5.0, energy_j=600.0, dollars=0.02))  # type: ignore[arg-type]
CAPTIONING = Cost(**cost(10, 2.0, tokens=140))  # type: ignore[arg-type]


def _row(name: str, costs: TargetCosts) -> Row:
    (row,) = user_rows([ScoreFile(name, drawn(name, NAMES, MEANS), SETTINGS)], {})
    return replace(row, costs=costs, captions="llava")


DECODER = _row("mine", TargetCosts({"llava": CAPTIONING}, dict.fromkeys(MEANS, FULL), replace(FULL, pictures=40)))
CODEC = _row("vvc-qp53", TargetCosts(coding=CodingSeconds(7, 2.5, 0.04)))


def test_every_stage_is_a_line_by_hand() -> None:
    """10 pictures in 5 s of computing: 0.5 s each; by the clock 45 s; 60 J each; 140 tokens in 2 s."""
    header, cells = cost_cells(cost_lines([*published_rows(), DECODER, replace(DECODER, name="twin"), CODEC]))
    lines = [dict(zip(header, row, strict=True)) for row in cells]
    assert [(line["name"], line["stage"]) for line in lines] == [
        ("llava", "captioning"),
        *(("mine", stage) for stage in (*(f"decoding {mode}" for mode in MEANS), "scoring")),
        *(("twin", stage) for stage in (*(f"decoding {mode}" for mode in MEANS), "scoring")),
        ("vvc-qp53", "encoding"),
        ("vvc-qp53", "decoding"),
    ]
    assert lines[0] == {
        "name": "llava",
        "stage": "captioning",
        "device": "H200",
        "workers": "1",
        "pictures": "10",
        "load s": "30",
        "compute s": "2",
        "write s": "2",
        "s/picture": "0.2",
        "pictures/s": "0.238",
        "tokens/s": "70",
        "peak MB": "11,234",
        "J/picture": "",
        "$": "",
        "$/1,000": "",
    }
    assert (lines[1]["s/picture"], lines[1]["J/picture"], lines[1]["$"], lines[1]["$/1,000"]) == (
        "0.5",
        "60",
        "0.02",
        "2",
    )
    assert {column: cell for column, cell in lines[-1].items() if cell} == {
        "name": "vvc-qp53",
        "stage": "decoding",
        "pictures": "7",
        "s/picture": "0.04",
    }


def test_columns_that_nobody_fills_are_left_out_of_the_screen_and_empty_in_the_csv() -> None:
    lines = cost_lines([CODEC])
    assert cost_cells(lines)[0] == ["name", "stage", "pictures", "s/picture"]
    first, second = csv.DictReader(io.StringIO(cost_csv(lines)))
    assert (first["seconds_per_picture"], second["seconds_per_picture"]) == ("2.5", "0.04")
    assert (first["peak_memory_mb"], first["dollars"]) == ("", "")
    assert cost_lines(published_rows()) == []


def test_the_ranking_has_the_cost_of_what_it_ranks() -> None:
    found = board_cost(BOARDS["t2i"], DECODER)
    assert found
    assert (found.seconds, found.dollars, found.joules) == pytest.approx((0.5, 0.002, 60.0))
    captioning = board_cost(BOARDS["i2t"], as_encoder(DECODER))
    assert captioning
    assert (captioning.seconds, captioning.dollars) == (pytest.approx(0.2), None)
    # One mode of the ranking without a cost leaves nothing to average.
    part = replace(DECODER, costs=TargetCosts(decoding={"full": FULL, "image": FULL, "pixel": FULL}))
    assert board_cost(BOARDS["t2i"], part) is None
    assert board_cost(BOARDS["ulb"], part)


def test_columns_of_cost_are_there_where_somebody_has_any() -> None:
    rows = [*published_rows(), _row("old", TargetCosts())]
    board = BOARDS["elb"]
    bare, costly = standings(board, rows), standings(board, [*rows, DECODER])
    assert "s/picture" not in board_header(board, bare)
    assert "seconds_per_picture" not in boards_csv({"elb": bare}, "all")
    header = board_header(board, costly)
    lines = [dict(zip(header, cells, strict=True)) for cells in board_cells(board, costly, "all", " ")]
    cells = {line["model"]: (line["s/picture"], line["$/1,000"], line["J/picture"]) for line in lines}
    assert cells["mine"] == ("0.5", "2", "60")
    assert cells["old"] == cells["PG25"] == ("", "", "")
    records = {record["model"]: record for record in csv.DictReader(io.StringIO(boards_csv({"elb": costly}, "all")))}
    assert (records["mine"]["dollars_per_1000"], records["old"]["dollars_per_1000"]) == ("2", "")


def test_amounts_are_read_at_a_glance() -> None:
    assert [amount_text(amount) for amount in (None, 0.0123456, 999.6, 12345.6, 3)] == [
        "",
        "0.0123",
        "1,000",
        "12,346",
        "3",
    ]
