"""What a forged bundle says of intervals, bits and rates, and what a copied folder is called."""

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cmc.cli.bundle import main as bundle
from cmc.cli.compare import main as compare
from cmc.cli.leaderboard import main as leaderboard
from cmc.cli.report import main as report
from cmc.cli.verify import main as verify
from cmc.core.bits import Rate
from cmc.core.errors import CMCError
from cmc.leaderboard.bundle_rates import check_rates
from cmc.leaderboard.submission import SCORES, SUMMARY, check_submission, pack_submission
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import read_scores, write_scores, write_summary
from cmc.scores.summary import summarise
from cmc.stages.evaluate import Score
from tests.leaderboard.test_submission import _files, _signed
from tests.scored import SETTINGS, benchmark_names, drawn, workspace

NAMES = benchmark_names({"NSI": 6, "SCI": 5, "AIGI": 4})
MEANS = {"full": (2.5, 2.1), "pixel": (1.9, 2.6), "text": (1.7, 3.4)}
BYTES = {"full": (33, 140), "pixel": (33, 61), "text": (30, 0)}


def _rated(score: Score) -> Score:
    text, reference = BYTES[score.mode]
    width = 640 + NAMES.index(score.name)
    rate = Rate.of(text, reference, text + reference + 8, (width, 479))
    return Score(score.name, score.target, score.mode, score.values, rate=rate)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A target as `script-evaluate.py` leaves it: rates, intervals, and a metric of whole folders."""
    scores = [_rated(score) for score in drawn("mine", NAMES, MEANS)]
    settings = {"target": "mine", **SETTINGS}
    target = tmp_path / "Result" / "mine"
    write_scores(target / SCORES, scores, settings)
    write_summary(target / SUMMARY, with_intervals(summarise(scores), scores), settings)
    for mode in MEANS:
        (target / mode).mkdir()
    return target


def test_what_evaluate_writes_verifies_and_says_what_was_not_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundle(["mine", "--root", str(folder.parent.parent)]) == 0
    assert verify([str(folder / "mine.zip")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "rows of means and intervals follow from the scores" in "\n".join(lines)
    assert lines[-1].startswith("not checked, for want of the pictures: the scores themselves, bits against streams")


def _cell(mode: str, column: str, change: Callable[[str], str], name: str = SUMMARY, row: int = 0) -> Callable:  # type: ignore[type-arg]
    """A change of the cell in the row-th line of a mode."""

    def forge(files: dict[str, bytes]) -> dict[str, bytes]:
        header, *rows = csv.reader(io.StringIO(files[name].decode()))
        lines = [line for line in rows if line[header.index("mode")] == mode]
        lines[row][header.index(column)] = change(lines[row][header.index(column)])
        text = "\n".join(",".join(line) for line in [header, *rows]) + "\n"
        return files | {name: text.encode()}

    return forge


def _more(amount: float) -> Callable[[str], str]:
    return lambda cell: f"{float(cell) + amount:.6f}"


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (_cell("pixel", "nr_low", _more(0.00001)), "pixel, all, nr_low"),
        (_cell("text", "fr_high", _more(-0.2), row=2), "text, NSI/pgc, fr_high"),
        (_cell("Overall", "overall_low", _more(0.05)), "Overall, all, overall_low"),
        (_cell("full", "fr_high", lambda _: ""), "full, all, fr_high"),
        (_cell("full", "bits_total", lambda cell: str(int(cell) - 64), SCORES), "bits_total is"),
        (_cell("text", "bits_text", lambda cell: str(int(cell) + 8), SCORES, 3), "bits_total is"),
        (_cell("text", "bits_text", lambda cell: str(int(cell) - 3), SCORES, 3), "whole bytes"),
        (_cell("pixel", "bpp", lambda cell: f"{float(cell) / 2:.7g}", SCORES, 1), "all modes of it share"),
        (_cell("pixel", "bpp", lambda cell: f"{float(cell) * 1.0001:.7g}", SCORES, 4), "all modes of it share"),
        (_cell("full", "bpp", lambda _: "0", SCORES), "over 0"),
        (_cell("full", "bpp", lambda _: "nan", SCORES), "over 0"),
    ],
)
def test_forged_intervals_and_bits_are_found(folder: Path, forge: Callable, why: str) -> None:  # type: ignore[type-arg]
    files = _files(pack_submission(folder))
    with pytest.raises(CMCError, match="does not verify") as stop:
        check_submission(_signed(forge(files)), "x.zip")
    assert why in str(stop.value)


def test_a_mean_of_pictures_that_have_no_score_is_found(folder: Path) -> None:
    scores = [
        Score(score.name, score.target, score.mode, {}, "missing") if score.mode == "text" else score
        for score in read_scores(folder / SCORES).scores
    ]
    write_scores(folder / SCORES, scores, {"target": "mine", **SETTINGS})
    write_summary(folder / SUMMARY, with_intervals(summarise(scores), scores), {"target": "mine", **SETTINGS})
    files = _files(pack_submission(folder))
    with pytest.raises(CMCError, match="text, all, fr"):
        check_submission(_signed(_cell("text", "fr", lambda _: "3.100000")(files)), "x.zip")


def test_a_column_that_no_score_gives_is_named_as_unchecked(folder: Path) -> None:
    header, *rows = csv.reader(io.StringIO((folder / SUMMARY).read_text()))
    text = "\n".join(",".join(line) for line in [[*header, "fid"], *([*row, "12.5"] for row in rows)]) + "\n"
    (folder / SUMMARY).write_text(text)
    assert check_submission(pack_submission(folder), "x.zip").unchecked == ["fid"]


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (1023, 769), (9000, 9000), (65_500, 2)])
def test_rates_of_true_sizes_pass_as_they_are_written(size: tuple[int, int]) -> None:
    written = [Rate.of(0, count, count + 8, size) for count in (1, 977, 65_521)]
    rounded = [Rate(rate.text, rate.reference, rate.total, float(f"{rate.bpp:.7g}")) for rate in written]
    check_rates([Score("a.png", "x", mode, {}, rate=rate) for mode, rate in zip(MEANS, rounded, strict=True)])


@pytest.mark.parametrize("size", [(7, 3), (1023, 769), (9000, 9000)])
def test_stated_bits_may_be_any_number_that_fits_the_stated_rate(size: tuple[int, int]) -> None:
    pixels = size[0] * size[1]
    rates = [Rate(0, count, count, count / pixels, stated=True) for count in (1, 37)]
    rates.append(Rate(0, round(0.123456 * pixels), round(0.123456 * pixels), 0.123456, stated=True))
    check_rates([Score("a.png", "x", mode, {}, rate=rate) for mode, rate in zip(MEANS, rates, strict=True)])
    for wrong in (Rate(8, 29, 37, 37 / pixels, stated=True), Rate(0, 0, 0, 0.0, stated=True)):
        with pytest.raises(CMCError, match="expected stated bits under the reference alone"):
            check_rates([Score("a.png", "x", "full", {}, rate=wrong)])
    twice = Rate(0, 2 * rates[2].total, 2 * rates[2].total, 0.123456, stated=True)
    scores = [Score("a.png", "x", mode, {}, rate=rate) for mode, rate in (("full", rates[2]), ("text", twice))]
    with pytest.raises(CMCError, match="expected a whole number that all modes of it share"):
        check_rates(scores)


def test_a_copied_or_renamed_folder_is_called_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = workspace(tmp_path, {"first": 1.0}, NAMES[:4], side=48)
    shutil.copytree(root / "Result" / "first", root / "Result" / "second")
    (root / "Result" / "first").rename(root / "Result" / "third")
    assert read_scores(root / "Result/second/scores.csv").target == "second"
    arguments = ["--root", str(root)]
    assert leaderboard([*arguments, "--allow_partial"]) == 0
    told = capsys.readouterr().out
    assert "second" in told
    assert "third" in told
    assert "first" not in told
    assert report([*arguments, "--allow_partial"]) == 0
    page = (root / "report.html").read_text(encoding="utf-8")
    assert '"second"' in page
    assert '"first"' not in page
    compare(arguments)
    assert "first" not in "".join(capsys.readouterr())
    assert bundle(["third", *arguments]) == 0
    packed = _files((root / "Result/third/third.zip").read_bytes())
    assert b"first" not in packed[SCORES] + packed[SUMMARY]
    assert check_submission((root / "Result/third/third.zip").read_bytes(), "x").scores.target == "third"


def test_intervals_too_many_to_recompute_are_named_as_unchecked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack_submission(folder)
    assert check_submission(data, "x.zip").unchecked == []
    monkeypatch.setattr("cmc.leaderboard.submission.MAX_RESAMPLED", len(NAMES) - 1)
    ends = [f"{column}_{end}" for column in ("fr", "nr", "overall") for end in ("low", "high")]
    assert check_submission(data, "x.zip").unchecked == ends


def _without(*columns: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def forge(files: dict[str, bytes]) -> dict[str, bytes]:
        header, *rows = csv.reader(io.StringIO(files[SUMMARY].decode()))
        kept = [index for index, column in enumerate(header) if column not in columns]
        text = "\n".join(",".join(line[index] for index in kept) for line in [header, *rows]) + "\n"
        return files | {SUMMARY: text.encode()}

    return forge


def test_a_summary_of_before_intervals_verifies_and_one_of_half_of_them_does_not(folder: Path) -> None:
    files = _files(pack_submission(folder))
    assert check_submission(_signed(files), "x.zip").has_intervals
    ends = [f"{column}_{end}" for column in ("fr", "nr", "overall") for end in ("low", "high")]
    old = check_submission(_signed(_without(*ends)(files)), "x.zip")
    assert (old.has_intervals, old.unchecked) == (False, [])
    with pytest.raises(CMCError, match=r"says None .*, nr_low"):
        check_submission(_signed(_without("nr_low")(files)), "x.zip")
