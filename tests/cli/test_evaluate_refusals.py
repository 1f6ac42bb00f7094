import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.evaluate import main
from cmc.core.failed_csv import write_failures
from tests.tables import read


def test_failures_are_counted_and_said(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "Result/real/full/other.png").unlink()
    write_failures(results / "Result/real/full/failed.csv", {"other": "black twice"})
    assert main(["--root", str(results), "--target", "real"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"^full .* 4 of 5$", out, re.MULTILINE)
    assert "over 9 of 10 pictures" in out
    assert "other.png (full: failed: black twice)" in out
    summary = read(results / "Result/real/summary.csv")
    assert [(row["n"], row["n_expected"], row["failed"]) for row in summary if row["content_type"] == "all"] == [
        ("4", "5", "1"),
        ("5", "5", "0"),
        ("9", "10", "1"),
    ]


def test_bad_pictures_are_an_error_or_left_out_on_request(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "Result/real/full/other.png").write_bytes(b"rubbish")
    Image.new("RGB", (9, 9)).save(results / "Result/real/text/other.png")
    arguments = ["--root", str(results), "--target", "real"]
    assert main(arguments) == 2
    error, first, second = capsys.readouterr().err.splitlines()[-3:]
    assert error.startswith("error: 2 image(s) cannot be scored")
    assert "full/other.png is not a readable image" in first
    assert "text/other.png is 9x9, expected 75x50" in second
    # Said before the hours of scoring, not after.
    assert not (results / "Result/.scores.sqlite").exists()
    assert main([*arguments, "--allow_partial"]) == 1
    assert "over 8 of 10 pictures" in capsys.readouterr().out


def test_a_missing_picture_is_named(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "Result/real/text/NSI_pgc_000.png").unlink()
    assert main(["--root", str(results), "--target", "real"]) == 2
    assert "NSI_pgc_000" in capsys.readouterr().err
    assert main(["--root", str(results), "--target", "real", "--allow_partial"]) == 1
    assert "missing" in {row["status"] for row in read(results / "Result/real/scores.csv")}


def test_one_mode_is_no_valid_submission(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(results / "Result/real/text")
    assert main(["--root", str(results), "--target", "real"]) == 0
    out = capsys.readouterr().out
    assert "1 mode is no valid submission" in out
    assert "To submit" not in out


def test_what_is_absent_is_said_in_one_line(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(results), "--target", "rael"]) == 2
    assert capsys.readouterr().err == (
        f"error: no result 'rael' in {results / 'Result'}. Did you mean 'real'? There: real\n"
    )
    (results / "Weight").unlink()
    assert main(["--root", str(results), "--target", "real"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "topiq-fr.pth and" in error
    assert "topiq-nr.pth; download https://huggingface.co/datasets/lcysyzxdxc/CMC-Bench" in error
    shutil.rmtree(results / "Result")
    assert main(["--root", str(results), "--target", "real"]) == 2
    assert "run script-t2i.py first" in capsys.readouterr().err


def test_fp16_is_refused_on_a_cpu(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(results), "--target", "real", "--device", "cpu", "--dtype", "fp16"]) == 2
    assert "--dtype fp16 is for GPUs" in capsys.readouterr().err
