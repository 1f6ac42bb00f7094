import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cmc.cli.leaderboard import main
from cmc.core.bits import STATED, Rate
from cmc.stages.evaluate import Score
from tests.scored import add_costs, benchmark_names, drawn, run, save_codec, save_scores, save_seeds

MEANS = {"full": (2.55, 2.2), "image": (2.4, 2.0), "pixel": (1.95, 2.7), "text": (1.78, 3.6)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A scored run of the default decoder on captions in Text/Qwen_LMM.csv, and no Weight folder."""
    folder = save_scores(tmp_path, drawn("my_model", benchmark_names(), MEANS))
    (tmp_path / "Text").mkdir()
    (tmp_path / "Text" / "Qwen_LMM.csv").write_text("name,text\na.png,A caption.\n", encoding="utf-8")
    for mode in MEANS:
        (folder / mode).mkdir()
        made = run(mode, "Text/Qwen_LMM.csv", model="real")
        (folder / mode / "run.json").write_text(json.dumps(made), encoding="utf-8")
    return tmp_path


def test_csv_ranks_a_decoder_and_its_encoder_apart(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(root), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    mine = {row["board"]: row for row in rows if row["source"] == "yours"}
    assert {board: (row["model"], row["rank"]) for board, row in mine.items()} == {
        "t2i": ("my_model", "2"),
        "ulb": ("my_model", "3"),
        "elb": ("my_model", "3"),
        "i2t": ("Qwen_LMM (my_model)", "1"),
    }
    assert mine["t2i"]["captions"] == "Qwen_LMM"
    assert float(mine["t2i"]["full_fr"]) == pytest.approx(2.55, abs=1e-6)
    assert float(mine["t2i"]["full_fr_low"]) < 2.55 < float(mine["t2i"]["full_fr_high"])
    published = [row for row in rows if row["source"] == "published"]
    assert [
        sum(row["board"] == board for row in published) for board in ("t2i", "ulb", "elb", "restorative", "i2t")
    ] == [
        8,
        12,
        8,
        4,
        6,
    ]
    assert {row["overall_low"] for row in published} == {""}


@pytest.mark.parametrize(
    ("style", "expected"), [("text", "my_model"), ("markdown", "| my_model"), ("latex", r"my\_model")]
)
def test_formats(root: Path, capsys: pytest.CaptureFixture[str], style: str, expected: str) -> None:
    assert main(["my_model", "--root", str(root), "--board", "ulb", "--format", style]) == 0
    out = capsys.readouterr().out
    assert expected in out
    assert "2.5500" in out
    assert out.count("published") >= 12


def test_rates_stand_beside_scores_where_every_picture_has_one(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = drawn("kept", benchmark_names(), MEANS)
    cost = {"full": 0.02, "image": 0.03, "pixel": 0.004, "text": 0.002}
    rated = [replace(one, rate=Rate(0, 0, 1, cost[one.mode])) for one in scores]
    save_scores(root, [*rated[:-1], replace(rated[-1], rate=None)])
    assert main(["--root", str(root), "--format", "csv"]) == 0
    rows = {(row["board"], row["model"]): row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert (rows["ulb", "kept"]["bpp"], rows["ulb", "kept"]["ratio"]) == ("0.025", "960.0")
    # One picture of text mode has no rate.
    assert rows["elb", "kept"]["bpp"] == rows["t2i", "kept"]["bpp"] == rows["ulb", "my_model"]["bpp"] == ""
    assert main(["kept", "--root", str(root), "--board", "ulb"]) == 0
    assert re.search(r"0\.02500 +960x", capsys.readouterr().out)


def test_rates_that_an_author_states_are_marked(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = drawn("paper", benchmark_names(), MEANS)
    save_scores(root, [replace(one, rate=Rate(0, 1, 1, 0.01, stated=one.mode == "image")) for one in scores])
    assert main(["paper", "--root", str(root), "--format", "csv"]) == 0
    rows = {(row["board"], row["model"]): row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    # The image mode is of the first alone.
    assert (rows["ulb", "paper"]["rate_source"], rows["elb", "paper"]["rate_source"]) == (STATED, "")
    assert main(["paper", "--root", str(root), "--board", "ulb", "--format", "markdown"]) == 0
    assert f"0.01000 ({STATED})" in capsys.readouterr().out


def test_rows_on_another_scale_say_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_scores(root, drawn("few", benchmark_names()[:5], MEANS), fr_order="standard")
    assert main(["--root", str(root), "--allow_partial"]) == 0
    out = capsys.readouterr().out
    assert "few is not ranked among published rows: FR in the standard order." in out
    assert "no weight files here" in out
    (root / "Weight").mkdir()
    (root / "Weight" / "topiq-fr.pth").write_bytes(b"others")
    assert main(["my_model", "--root", str(root)]) == 0
    out = capsys.readouterr().out
    assert "fr_weights 000000000000 are not those" in out
    assert "no weight files here" not in out


def test_unscored_and_unknown_targets_are_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mymodel", "--root", str(root)]) == 2
    assert "Did you mean 'my_model'" in capsys.readouterr().err
    (root / "Result" / "new" / "full").mkdir(parents=True)
    assert main(["new", "--root", str(root)]) == 2
    assert "run script-evaluate.py --target new first" in capsys.readouterr().err


def test_without_scores_the_published_rows_stand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "--content", "SCI"]) == 0
    out = capsys.readouterr().out
    assert "Only published rows" in out
    assert "2.8520" in out


def test_boards_that_nothing_can_fill_say_what_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_scores(tmp_path, [Score("a.png", "two", mode, {"fr": 1.0, "nr": 2.0}) for mode in ("full", "image")])
    save_scores(tmp_path, [Score("a.png", "bare", "full", {"psnr": 30.0})])
    assert main(["--root", str(tmp_path), "--board", "i2t"]) == 0
    out = capsys.readouterr().out
    assert "two ranks no encoder: that takes the decoder real in full, pixel, text; it has full, image." in out
    assert "bare lacks FR and NR in every mode: script-evaluate.py --target bare scores them." in out


def test_a_board_without_any_row_is_no_empty_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Results on a scale of their own leave the published rows out."""
    scores = [Score("a.png", "own", mode, {"fr": 1.0, "nr": 2.0}) for mode in ("full", "image")]
    save_scores(tmp_path, scores, fr_note="DEMO", nr_note="DEMO")
    assert main(["--root", str(tmp_path), "--board", "t2i", "i2t", "--format", "latex"]) == 0
    out = capsys.readouterr().out
    assert "% Nothing stands here: no result is scored with FR and NR in full, image, pixel, text.\n" in out
    assert "% Nothing stands here: no result of the decoder real is scored with FR and NR in full, pixel, text" in out
    assert "rank" not in out.partition("Nothing stands here")[0]


def test_results_of_several_seeds_are_one_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_seeds(tmp_path, "mine", (42, 1, 2), benchmark_names(), 0.0, 0.2)
    assert main(["--root", str(tmp_path), "--format", "csv", "--board", "t2i"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    (mine,) = [row for row in rows if row["source"] == "yours"]
    assert mine["model"] == "mine (3 seeds)"
    assert float(mine["overall_low"]) < float(mine["overall"]) < float(mine["overall_high"])
    assert 0 <= float(mine["flip"]) <= 1
    # One alone is a row like any other.
    assert main(["mine-seed1", "--root", str(tmp_path), "--format", "csv", "--board", "t2i"]) == 0
    assert ",mine-seed1,yours," in capsys.readouterr().out


def test_a_result_that_is_there_twice_makes_no_mean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_seeds(tmp_path, "mine", (42, 1), benchmark_names({"NSI": 3}), 0.0, 0.2)
    shutil.copytree(tmp_path / "Result" / "mine", tmp_path / "Result" / "copy")
    assert main(["--root", str(tmp_path), "--board", "ulb"]) == 0
    out = capsys.readouterr().out
    assert "copy, mine, mine-seed1 are of one setting, and some of them of one seed" in out
    assert "seeds)" not in out


def test_power_says_what_tells_two_results_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = benchmark_names({"NSI": 20, "SCI": 10, "AIGI": 10})
    for name, shift in (("low", 0.0), ("high", 0.3)):
        save_seeds(tmp_path, name, (1, 2, 3), names, shift, 0.2)
    assert main(["--root", str(tmp_path), "--power", "--format", "csv"]) == 0
    (pair,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (pair["better"], pair["worse"], pair["images"], pair["seeds"]) == (
        "high (3 seeds)",
        "low (3 seeds)",
        "40",
        "3",
    )
    # FR is 0.3 better in three modes of four; two thirds of it count.
    assert float(pair["difference"]) == pytest.approx(0.15, abs=0.05)
    assert (pair["flip"], int(pair["images_needed"]) < 40) == ("0.0000", True)
    assert main(["--root", str(tmp_path), "--power", "--metric", "nr"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"(high|low) \(3 seeds\) +(high|low) \(3 seeds\) +nr +full image pixel text", out)
    assert "Flip: the share of 2,000 paired resamples" in out
    assert "What scores vary by" in out
    assert main(["low-seed1", "--root", str(tmp_path), "--power"]) == 0
    out = capsys.readouterr().out
    assert "nothing to tell apart" in out
    assert "No result has several seeds" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--power", "--metric", "lpips"], "no result is scored with lpips; scored are fr, nr"),
        (["--metric", "fr"], "--metric and --every_pair say what --power shows"),
        (["--every_pair"], "--metric and --every_pair say what --power shows"),
    ],
)
def test_power_of_what_is_not_there_is_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main([*words, "--root", str(root)]) == 2
    assert message in capsys.readouterr().err


def test_cost_is_printed_by_stage_and_priced(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(root), "--cost"]) == 0
    assert "No run file says what anything cost" in capsys.readouterr().out
    add_costs(root / "Result" / "my_model", 0.5)
    save_codec(root, "vvc-qp53", benchmark_names({"NSI": 2}), 2.0, (2.5, 0.04))
    assert main(["--root", str(root), "--cost", "--allow_partial"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"my_model +decoding pixel +H200 +1 +10 +30 +5 +2 +0\.5 ", out)
    assert re.search(r"vvc-qp53 +encoding +2 +2\.5", out)
    assert "$" not in out.splitlines()[0]
    # 37 seconds of a worker at 7.20 dollars an hour.
    assert main(["my_model", "--root", str(root), "--cost", "--dollars_per_hour", "7.2", "--format", "csv"]) == 0
    first, *_ = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (first["stage"], first["dollars"], first["dollars_per_1000"]) == ("decoding full", "0.074", "7.4")
    assert main(["my_model", "--root", str(root), "--board", "ulb", "--dollars_per_hour", "7.2"]) == 0
    assert re.search(r"s/picture +\$/1,000", capsys.readouterr().out)
