"""What commands say when they cannot write or find a file, or are left to their defaults: a line, and no traceback."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cmc.__main__ import main
from tests import tiny_topiq
from tests.conftest import blur_all
from tests.tables import read

ROOT = Path(__file__).parents[2]


def cmc(*words: str, most_bytes: int | None = None, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """`cmc` in a process of its own that can write no file past `most_bytes`, as if the disk were full."""

    def limit() -> None:
        if most_bytes is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    command = [sys.executable, "-W", "error::RuntimeWarning", "-m", "cmc", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, preexec_fn=limit, env=environment
    )


@pytest.fixture
def results(space: Path) -> Path:
    """A root with one result, of a decoder that has blurred every image."""
    blur_all(space, "real", {"full": 6})
    tiny_topiq.save_weights(space / "Weight")
    return space


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ("reference --kind pixel", "Ref/pixel"),
        ("codec --codec jpeg --qp 80", "Result/jpeg-qp80/image"),
        ("t2i --mode full --model_name reference", "Result/reference/full"),
        ("scenes", "GT"),
        ("evaluate --metrics psnr", "Result/.scores.sqlite"),
    ],
)
def test_a_full_disk_names_the_file(command: str, folder: str, results: Path, referenced: Path) -> None:
    if command.startswith("t2i"):
        shutil.copytree(referenced / "Ref", results / "Ref")
    failed = cmc(*command.split(), "--root", str(results), most_bytes=60)
    last = failed.stderr.splitlines()[-1]
    assert failed.returncode == 2, failed.stderr
    assert "Traceback" not in failed.stderr
    assert last.startswith(f"error: {results / folder}")
    assert "same command goes on" in last or "make room" in last


def test_a_picture_that_a_thread_cannot_write_is_named(coded: Path) -> None:
    words = ["t2i", "--mode", "image", "--model_name", "reference", "--root", str(coded)]
    failed = cmc(*words, most_bytes=3000)
    assert failed.returncode == 2
    assert f"error: {coded}/Result/reference/image/" in failed.stderr
    assert ".png: File too large; mend that" in failed.stderr


@pytest.mark.parametrize("flag", ["--out", "--plots"])
def test_a_report_that_cannot_be_written_names_the_place(flag: str, results: Path) -> None:
    assert main(["evaluate", "--root", str(results)]) == 0
    (results / "taken").mkdir() if flag == "--out" else (results / "taken").touch()
    failed = cmc("report", "--root", str(results), flag, str(results / "taken"))
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-1].startswith(f"error: {results / 'taken'}: ")


def test_an_output_that_is_full_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        failed = cmc("codecs", stdout=full.fileno())
    assert failed.stderr == (
        "error: standard output: No space left on device; mend that, then the same command goes on where it was\n"
    )
    assert failed.returncode == 2


@pytest.mark.parametrize("flags", [[], ["--target"], ["--target", "", "--target_path", "", "--gt_path", ""]])
def test_flags_left_out_or_empty_mean_the_published_defaults(
    flags: list[str], results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results)
    assert main(["evaluate", *flags, "--model_weight", "", "--metrics", "psnr"]) == 0
    assert {row["target"] for row in read(results / "Result/real/scores.csv")} == {"real"}


def test_empty_folders_mean_the_defaults_in_every_step(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(results)
    assert main(["reference", "--kind", "pixel", "--ground_truth", "", "--ref_dir"]) == 0
    words = ["t2i", "--mode", "pixel", "--model_name", "reference"]
    assert main([*words, "--output_path", "", "--ref_dir", "", "--input_path"]) == 0
    assert len(list((results / "Result/reference/pixel").glob("*.png"))) == 5


def test_the_default_target_that_is_not_there_is_said_with_those_that_are(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "Result/real").rename(results / "Result/mine")
    assert main(["evaluate", "--root", str(results)]) == 2
    assert capsys.readouterr().err == f"error: no result 'real' in {results / 'Result'}. There: mine\n"


def test_a_folder_without_pictures_is_not_to_be_filled_by_hand(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "Result/real/text").mkdir()
    assert main(["evaluate", "--root", str(results)]) == 2
    assert f"error: no picture in {results}/Result/real/text; run script-t2i.py first" in capsys.readouterr().err


def test_failures_are_one_a_line_and_counted(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(7):
        (results / "GT" / f"bad_{number}.png").write_bytes((results / "GT" / "other.png").read_bytes()[:200])
    assert main(["reference", "--root", str(results), "--kind", "pixel"]) == 1
    out = capsys.readouterr().out.splitlines()
    failed = [line for line in out if "bad_" in line]
    assert "  7 failed (failed.csv says why):" in out
    assert [line.partition(":")[0] for line in failed] == [f"    bad_{number}" for number in range(5)]
    assert all(line.count(str(results / "GT")) == 1 for line in failed)
    assert "    and 2 more" in out


def test_weights_that_are_not_there_are_listed_one_a_line(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--root", str(results), "--metrics", "paper", "--model_weight", str(results / "No")]) == 2
    error, *files = capsys.readouterr().err.splitlines()
    assert error == f"error: {results / 'No'} lacks 10 files; download them into it, nothing is fetched here:"
    assert len(files) == 10
    assert all(" from https://" in file for file in files)
    assert main(["evaluate", "--root", str(results), "--model_weight", str(results / "No")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_one_picture_in_some_modes_draws_no_warning(results: Path) -> None:
    for path in (results / "GT").iterdir():
        if path.stem != "other":
            path.unlink()
            (results / "Result/real/full" / path.name).unlink()
    (results / "Result/real/pixel").mkdir()
    Image.new("RGB", Image.open(results / "GT/other.png").size, "red").save(results / "Result/real/pixel/other.png")
    for words in ("evaluate --metrics benchmark psnr ssim", "leaderboard", "report"):
        done = cmc(*words.split(), "--root", str(results), *(["--allow_partial"] if words == "leaderboard" else []))
        assert done.returncode == 0, done.stderr
        assert "Warning" not in done.stderr
