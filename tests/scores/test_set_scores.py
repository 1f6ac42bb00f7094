from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.scores.score_file import write_summary
from cmc.scores.set_scores import SetScores, read_set_scores
from cmc.scores.summary import Cell


def test_distances_of_modes_are_read_and_nothing_else(tmp_path: Path) -> None:
    cells = [
        Cell("full", "all", {"fr": 2.5}, 3, 4, 0, {"fr": (2.0, 3.0)}, {"fid": 31.5, "kid": -0.25}),
        Cell("full", "NSI", {"fr": 2.5}, 2, 2, 0, {"fr": (2.0, 3.0)}, {"fid": 99.0, "kid": 1.0}),
        Cell("text", "all", {"fr": 1.5}, 1, 4, 0, {"fr": (1.0, 2.0)}),
        Cell("Overall", "all", {"fr": 2.0}, 4, 8, 0, {"fr": (1.5, 2.5), "overall": (1.0, 2.0)}),
    ]
    write_summary(tmp_path / "summary.csv", cells, {"dtype": "torch.float32"})
    assert read_set_scores(tmp_path / "summary.csv") == {"full": SetScores({"fid": 31.5, "kid": -0.25}, 3)}


def test_no_file_says_nothing_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    assert read_set_scores(tmp_path / "summary.csv") == {}
    path = tmp_path / "summary.csv"
    write_summary(path, [Cell("full", "all", {"fr": 2.5}, 3, 3, 0, {}, {"fid": 31.5})], {})
    path.write_text(path.read_text(encoding="utf-8").replace("31.500000", "many"), encoding="utf-8")
    with pytest.raises(CMCError, match="line 2: fid is no number: 'many'; score the target again"):
        read_set_scores(path)
