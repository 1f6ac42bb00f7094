import csv
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from cmc.bundle import pack
from cmc.cli.evaluate import main
from cmc.collect import collect
from cmc.failures import write_failures
from cmc.scorefile import read_scores
from cmc.workspace import Workspace, list_images
from tests import tiny_iqa
from tests.conftest import PHOTOS
from tests.tiny_topiq import save_weights

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def results(space: Path, weights: Path) -> Path:
    """A root in which a decoder has blurred every image, in two modes."""
    (space / "Weight").symlink_to(weights)
    for mode, factor in (("full", 4), ("text", 16)):
        folder = space / "Result" / "real" / mode
        folder.mkdir(parents=True)
        for path in list_images(space / "GT").values():
            image = Image.open(path)
            small = image.resize((image.width // factor + 1, image.height // factor + 1))
            small.resize(image.size).save(folder / path.name)
    return space


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(encoding="utf-8")))


def files(root: Path, target: str = "real") -> tuple[bytes, bytes]:
    folder = root / "Result" / target
    return (folder / "scores.csv").read_bytes(), (folder / "summary.csv").read_bytes()


def test_the_readmes_command(results: Path) -> None:
    command = [sys.executable, str(ROOT / "script-evaluate.py"), "--target", "real"]
    done = subprocess.run(command, cwd=results, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = read(results / "Result/real/scores.csv")
    assert len(rows) == 2 * len(PHOTOS)
    assert {row["status"] for row in rows} == {"ok"}
    summary = {(row["mode"], row["content_type"]): row for row in read(results / "Result/real/summary.csv")}
    means = {}
    for mode in ("full", "text"):
        for column in ("fr", "nr"):
            values = [float(row[column]) for row in rows if row["mode"] == mode]
            means[mode, column] = sum(values) / len(values)
            assert float(summary[mode, "all"][column]) == pytest.approx(means[mode, column], abs=2e-6)
            assert f"{means[mode, column]:.4f}" in done.stdout
    overall = (means["full", "fr"] + means["text", "fr"]) / 3 + (means["full", "nr"] + means["text", "nr"]) / 6
    assert float(summary["Overall", "all"]["overall"]) == pytest.approx(overall, abs=2e-6)
    assert re.search(rf"^Overall +{overall:.4f}", done.stdout, re.MULTILINE)
    for told in ("NSI", "SCI", "AIGI", "other", "TOPIQ-FR(GT, decoded), the published order", "scores.csv", "mail"):
        assert told in done.stdout
    assert "10/10" in done.stderr
    assert "no valid submission" not in done.stdout


def test_the_order_is_in_every_file_and_table(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for order in ("published", "standard"):
        assert main(["--root", str(results), "--target", "real", "--fr_order", order]) == 0
        told = {"published": "(GT, decoded)", "standard": "(decoded, GT)"}[order]
        printed = capsys.readouterr().out
        assert f"TOPIQ-FR{told}, the {order} order" in printed
        assert ("To submit" in printed) == (order == "published")
        for name in ("scores.csv", "summary.csv"):
            assert {row["fr_order"] for row in read(results / "Result/real" / name)} == {order}
        found[order] = read(results / "Result/real/scores.csv")
    assert all(a["nr"] == b["nr"] for a, b in zip(*found.values(), strict=True))
    assert all(a["fr"] != b["fr"] for a, b in zip(*found.values(), strict=True))


def test_scoring_again_gives_the_same_files_and_other_weights_other_ones(results: Path) -> None:
    arguments = ["--root", str(results), "--target", "real"]
    assert main(arguments) == 0
    first = files(results)
    assert main(arguments) == 0
    assert files(results) == first
    (results / "Weight").unlink()
    save_weights(results / "Weight", seed=1)
    assert main(arguments) == 0
    hashes = [
        {row["fr_weights"] + row["nr_weights"] for row in csv.DictReader(file.decode().splitlines())}
        for file in (first[0], files(results)[0])
    ]
    assert len(hashes[0]) == len(hashes[1]) == 1
    assert hashes[0] != hashes[1]
    assert files(results)[0] != first[0]


SLOW = """
import time
from cmc.metrics.topiq import Topiq
score = Topiq.score
def slowly(self, pictures, gt):
    time.sleep(0.3)
    return score(self, pictures, gt)
Topiq.score = slowly
"""


def test_a_killed_run_goes_on(results: Path) -> None:
    (results / "slow.py").write_text(SLOW)
    script = [sys.executable, str(ROOT / "script-evaluate.py"), "--target", "real"]
    base = results / "Result/.scores.sqlite"
    with subprocess.Popen([*script, "--plugin", "slow.py"], cwd=results, stderr=subprocess.DEVNULL) as running:
        for _ in range(600):
            if base.is_file() and _count(base) >= 4:
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    kept = _count(base)
    assert 4 <= kept < 4 * len(PHOTOS)
    assert not (results / "Result/real/scores.csv").exists()
    assert main(["--root", str(results), "--target", "real"]) == 0
    assert _count(base) == 4 * len(PHOTOS)
    gone_on = files(results)
    base.unlink()
    assert main(["--root", str(results), "--target", "real"]) == 0
    assert files(results) == gone_on


def _count(base: Path) -> int:
    try:
        with sqlite3.connect(f"file:{base}?mode=ro", uri=True) as opened:
            return opened.execute("SELECT count(*) FROM scores").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


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
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: 2 image(s) cannot be scored")
    assert "full/other.png is not a readable image" in error
    assert "text/other.png is 9x9, expected 75x50" in error
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


def test_several_targets_and_a_limit(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(results / "Result/real/text", results / "Result/floor/pixel")
    arguments = ["--root", str(results), "--target", "real", "floor", "real", "--limit", "2"]
    assert main(arguments) == 0
    assert "only the first 2 of 5 images" in capsys.readouterr().out
    rows = read(results / "Result/floor/scores.csv")
    assert [(row["name"], row["mode"], row["target"], row["limit"]) for row in rows] == [
        ("AIGI_MJ_003.png", "pixel", "floor", "2"),
        ("NSI_pgc_000.png", "pixel", "floor", "2"),
    ]
    text = [row for row in read(results / "Result/real/scores.csv") if row["mode"] == "text"]
    assert [(row["fr"], row["nr"]) for row in rows] == [(row["fr"], row["nr"]) for row in text]


def test_other_folders(results: Path, weights: Path, tmp_path: Path) -> None:
    (results / "GT").rename(results / "photos")
    (results / "Result").rename(results / "made")
    (results / "Weight").unlink()
    paths = [
        "--gt_path",
        f"{results / 'photos'}",
        "--target_path",
        f"{results / 'made'}",
        "--model_weight",
        f"{weights}",
    ]
    assert main(["--target", "real", *paths]) == 0
    assert (results / "made/real/summary.csv").is_file()
    assert (results / "made/.scores.sqlite").is_file()


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
    with pytest.raises(SystemExit):
        main(["--root", str(results)])


def test_further_metrics_stand_in_columns_of_their_own(
    results: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "Weight").unlink()
    shutil.copytree(weights, results / "Weight")
    tiny_iqa.save_fid(results / "Weight")
    arguments = ["--root", str(results), "--target", "real"]
    assert main(arguments) == 0
    usual = {name: read(results / "Result/real" / name) for name in ("scores.csv", "summary.csv")}
    capsys.readouterr()
    assert main([*arguments, "--metrics", "benchmark", "psnr", "ssim", "fid"]) == 0
    out = capsys.readouterr().out
    found = {name: read(results / "Result/real" / name) for name in usual}
    for name, rows in usual.items():
        for old, new in zip(rows, found[name], strict=True):
            assert {column: new[column] for column in old} == old
    for row in found["scores.csv"]:
        pictures = [np.asarray(Image.open(results / f / row["name"])) for f in ("GT", f"Result/real/{row['mode']}")]
        assert float(row["psnr"]) == pytest.approx(peak_signal_noise_ratio(*pictures), abs=1e-3)
        assert row["lower_is_better"] == "fid kid"
        assert "fid" not in row
    summary = {(row["mode"], row["content_type"]): row for row in found["summary.csv"]}
    for mode in ("full", "text"):
        values = [float(row["psnr"]) for row in found["scores.csv"] if row["mode"] == mode]
        cell = summary[mode, "all"]
        assert float(cell["psnr"]) == pytest.approx(np.mean(values), abs=1e-5)
        assert min(values) <= float(cell["psnr_low"]) < float(cell["psnr"]) < float(cell["psnr_high"]) <= max(values)
    assert float(summary["text", "all"]["fid"]) > float(summary["full", "all"]["fid"]) > 0
    assert summary["full", "all"]["kid"]
    # Neither the mean over modes nor a single picture has one.
    assert summary["Overall", "all"]["fid"] == summary["full", "AIGI"]["fid"] == ""
    assert "FID is unreliable under 1,000 images, and these are 5" in out
    assert re.search(r"^psnr ↑ +\S+ \[\S+, \S+\]", out, re.MULTILINE)
    assert re.search(r"^kid ↓ +-?[\d.]+ +", out, re.MULTILINE)
    file = read_scores(results / "Result/real/scores.csv")
    assert set(file.scores[0].values) == {"fr", "nr", "psnr", "ssim"}
    pack(results / "Result/real")


def test_metrics_without_weights_work_at_once(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "Weight").unlink()
    arguments = ["--root", str(results), "--target", "real", "--metrics"]
    assert main([*arguments, "psnr", "ssim"]) == 0
    assert "stands on no leaderboard" in capsys.readouterr().out
    assert collect(Workspace(results), ["real"], None, None, True).rows[-1].modes() == set()
    assert main([*arguments, "paper"]) == 2
    error = capsys.readouterr().err
    for told in ("topiq-fr.pth", "liqe_koniq.pt", "alexnet-owt-7be5be79.pth", "https://download.pytorch.org/models/"):
        assert told in error
    assert main([*arguments, "lpisp"]) == 2
    assert "unknown metric 'lpisp'. Did you mean 'lpips'?" in capsys.readouterr().err


def test_an_inexact_format_says_how_far_off_it_is(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--root", str(results), "--target", "real"]
    assert main(arguments) == 0
    exact = read(results / "Result/real/scores.csv")
    assert "inexact:" not in capsys.readouterr().out
    kept = _count(results / "Result/.scores.sqlite")
    assert main([*arguments, "--dtype", "bf16"]) == 0
    found = read(results / "Result/real/scores.csv")
    # No score of one format was taken for the other's.
    assert _count(results / "Result/.scores.sqlite") == 2 * kept
    assert {row["dtype"] for row in found} == {"torch.bfloat16"}
    told = re.search(r"score of 8 picture\(s\) of the first 4 image\(s\): FR (\S+), NR (\S+)", capsys.readouterr().out)
    assert told
    for column, gap in zip(("fr", "nr"), told.groups(), strict=True):
        pairs = [(float(a[column]), float(b[column])) for a, b in zip(exact[:8], found[:8], strict=True)]
        assert float(gap) == pytest.approx(max(abs(a - b) for a, b in pairs), rel=0.06)
        assert 0 < float(gap) < 0.2
    assert main(arguments) == 0
    assert read(results / "Result/real/scores.csv") == exact


def test_fp16_is_refused_on_a_cpu(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(results), "--target", "real", "--device", "cpu", "--dtype", "fp16"]) == 2
    assert "--dtype fp16 is for GPUs" in capsys.readouterr().err


def test_scoring_never_loads_what_patches_transformers(results: Path) -> None:
    code = (
        "import sys; from cmc.registry import METRICS; METRICS.names()\n"
        "assert not {'torch', 'pyiqa'} & set(sys.modules)\n"
        "from cmc.cli.evaluate import main; assert main(['--target', 'real', '--limit', '1']) == 0\n"
        "assert 'pyiqa' in sys.modules and not [name for name in sys.modules if 'q_align' in name]\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=results, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
