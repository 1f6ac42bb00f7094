from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.scores.score_file import parse_scores, read_scores
from cmc.stages.evaluate import Score
from tests.scored import SETTINGS, save_scores

SCORES = [
    Score("NSI_pgc_000.png", "mine", "full", {"fr": 1.25, "nr": 2.5}),
    Score("NSI_pgc_000.png", "mine", "text", {}, "failed: a reason, of two\u2028lines"),
]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = read_scores(save_scores(tmp_path, SCORES) / "scores.csv")
    assert (file.target, list(file.scores), dict(file.settings)) == ("mine", SCORES, SETTINGS)
    assert (file.names, file.modes) == (["NSI_pgc_000.png"], ["full", "text"])


def test_columns_of_further_metrics_are_scores() -> None:
    text = "name,mode,fr,nr,lpips,status,target,dtype\na.png,full,1,2,0.5,ok,mine,torch.float32\n"
    file = parse_scores(text, "x.csv")
    assert file.scores[0].values == {"fr": 1, "nr": 2, "lpips": 0.5}
    assert file.settings == {"dtype": "torch.float32"}


ROW = "a.png,full,1,2,ok,mine"
HEADER = "name,mode,fr,nr,status,target"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [HEADER],
        ["name,score", "a.png,1"],
        [HEADER, ROW, ROW],
        [HEADER, ROW, "b.png,full,1,2,ok,other"],
        [HEADER, "../a.png,full,1,2,ok,mine"],
        [HEADER, "a.png,full,nan,2,ok,mine"],
        [HEADER, "a.png,full,one,2,ok,mine"],
        [HEADER, "a.png,full,,2,ok,mine"],
        [HEADER, "a.png,best,1,2,ok,mine"],
        [HEADER, "a.png,full,1"],
        [HEADER, "a\0.png,full,1,2,ok,mine"],
        ["name,target,mode,fr,status", "a.png,mine,full,1,ok"],
        [HEADER, '"a.png,full,1,2,ok,mine'],
    ],
    ids=range(14),
)
def test_other_files_are_refused_in_one_line(rows: list[str]) -> None:
    with pytest.raises(CMCError, match=r"^x\.csv( is not| lacks| has|, line \d| mixes)") as stop:
        parse_scores("\n".join(rows), "x.csv")
    assert "\n" not in str(stop.value)
