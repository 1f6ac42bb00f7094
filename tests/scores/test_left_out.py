"""Scores that lack a metric which leaves some pictures out: no one averages over them as if they were whole."""

from dataclasses import replace
from pathlib import Path

import pytest

from cmc.compare.curves import make_curves
from cmc.core.bits import Rate
from cmc.core.errors import CMCError
from cmc.core.workspace import ALL, key_of
from cmc.leaderboard.submission import check_submission, pack_submission
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import ScoreFile, read_scores, write_summary
from cmc.scores.set_scores import read_set_scores
from cmc.scores.summary import OVERALL, summarise
from cmc.stages.evaluate import Score
from cmc.studies.measurements import Measurement
from cmc.studies.objective import find_objective, measured
from cmc.studies.points import points_over_common
from cmc.studies.score_differences import pair_scores
from cmc.studies.setting import Setting
from tests.scored import SETTINGS, drawn, save_scores

NAMES = [f"SCI_screen_{place:03}.png" for place in range(4)]
WORDS = {"ocr_cer_leaves_out": "pictures of ground truths without text", "lower_is_better": "ocr_cer"}


def _scores(target: str = "mine", shift: float = 0.0) -> list[Score]:
    """Of `ocr_cer` those of the first three images alone: 0.1, 0.2, 0.3, and the shift."""
    scores = []
    for score in drawn(target, NAMES, {"full": (2.5, 2.1), "text": (1.7, 3.4)}):
        place = NAMES.index(score.name)
        errors = {"ocr_cer": (place + 1) / 10 + shift} if place < 3 else {}
        scores.append(replace(score, values=score.values | errors, rate=Rate.of(30, 100, 138, (640, 480))))
    return scores


@pytest.fixture
def file(tmp_path: Path) -> ScoreFile:
    return read_scores(save_scores(tmp_path, _scores(), **WORDS) / "scores.csv")


def test_files_hold_blanks_and_counts_and_verify(file: ScoreFile, tmp_path: Path) -> None:
    assert [score.values.get("ocr_cer") for score in file.scores[::2]] == [0.1, 0.2, 0.3, None]
    folder = tmp_path / "Result/mine"
    cells = with_intervals(summarise(file.scores), file.scores)
    write_summary(folder / "summary.csv", cells, {"target": "mine", **SETTINGS, **WORDS})
    of_modes = {cell.mode: cell for cell in cells if cell.content == ALL}
    assert of_modes["full"].means["ocr_cer"] == pytest.approx(0.2)
    assert {mode: cell.count("ocr_cer") for mode, cell in of_modes.items()} == {"full": 3, "text": 3, OVERALL: 6}
    low, high = of_modes["full"].bounds["ocr_cer"]
    assert 0.1 <= low < 0.2 < high <= 0.3
    assert read_set_scores(folder / "summary.csv") == {}
    bundle = pack_submission(folder)
    assert check_submission(bundle, "bundle").unchecked == []
    text = (folder / "summary.csv").read_text(encoding="utf-8")
    header = text.splitlines()[0].split(",")
    rows = [line.split(",") for line in text.splitlines()[1:]]
    assert {row[header.index("ocr_cer_n")] for row in rows} == {"3", "6"}
    rows[0][header.index("ocr_cer_n")] = "4"
    (folder / "summary.csv").write_text("\n".join(",".join(row) for row in (header, *rows)) + "\n", encoding="utf-8")
    with pytest.raises(CMCError, match="ocr_cer_n"):
        check_submission(pack_submission(folder), "bundle")


def test_curves_leave_the_metric_out_and_say_so(file: ScoreFile) -> None:
    curves = make_curves([file], {"mine": "mine"}, ALL, False)
    assert set(curves.metrics) == {"fr", "nr"}
    assert curves.left_out == {"ocr_cer": "not every picture has a score by it"}


def test_points_of_a_study_say_over_how_many_images_they_are(file: ScoreFile) -> None:
    setting = Setting(name="a", encoder="gpt4v", words=None, captions="gpt4v", decoder="real", modes=("full",))
    scores = {score.name: score for score in file.scores if score.mode == "full"}
    points = points_over_common([Measurement(setting, "full", (0,), scores, {})])
    assert points.points[0].estimates["ocr_cer"].mean == pytest.approx(0.2)
    assert points.remarks == ["ocr_cer of a full is over 3 of 4 images, the others have no score by it"]


def test_a_search_by_it_is_refused(file: ScoreFile) -> None:
    found = measured(file, ["full", "text"], [key_of(name) for name in NAMES])
    with pytest.raises(CMCError, match="ocr_cer was not scored"):
        find_objective("ocr_cer", ["benchmark", "ocr"]).scores(found)
    whole = measured(file, ["full", "text"], [key_of(name) for name in NAMES[:3]])
    assert list(find_objective("ocr_cer", ["benchmark", "ocr"]).scores(whole)) == pytest.approx([-0.1, -0.2, -0.3])


def test_differences_are_over_the_pictures_that_both_have_it_of(file: ScoreFile, tmp_path: Path) -> None:
    other = read_scores(save_scores(tmp_path / "other", _scores(shift=0.05), **WORDS) / "scores.csv")
    (found,) = [pair_scores("mine", file, other).differences("full")["ocr_cer"]]
    assert (found.pictures, found.largest, found.shift) == (3, pytest.approx(0.05), pytest.approx(0.05))
