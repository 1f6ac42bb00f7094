import csv
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.evaluate import main
from cmc.cli.reference import main as reference
from cmc.cli.t2i import main as t2i
from cmc.core.images import save_png
from cmc.core.origin import read_origin
from tests.conftest import PHOTOS
from tests.tables import read, scores_in
from tests.tiny_topiq import save_weights

ROOT = Path(__file__).parents[2]


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
            if base.is_file() and scores_in(base) >= 4:
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    kept = scores_in(base)
    assert 4 <= kept < 4 * len(PHOTOS)
    assert not (results / "Result/real/scores.csv").exists()
    assert main(["--root", str(results), "--target", "real"]) == 0
    assert scores_in(base) == 4 * len(PHOTOS)
    gone_on = files(results)
    base.unlink()
    assert main(["--root", str(results), "--target", "real"]) == 0
    assert files(results) == gone_on


def test_several_targets_and_a_limit(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(results / "Result/real/text", results / "Result/floor/pixel")
    arguments = ["--root", str(results), "--target", "real", "floor", "real", "--limit", "2"]
    assert main(arguments) == 0
    assert "only 2 of 5 images" in capsys.readouterr().out
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


def test_results_that_have_not_changed_are_not_scored_again(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(space)]
    assert reference([*root, "--kind", "pixel"]) == 0
    for name in ("floor", "other"):
        result = ["--model_name", "reference", "--mode", "pixel", "--result_name", name]
        assert t2i([*root, *result]) == 0
    command = [*root, "--target", "floor", "other", "--metrics", "ssim"]
    assert main(command) == 0
    first = capsys.readouterr().out
    (space / "Result/.scores.sqlite").unlink()
    before = {name: (space / "Result" / name / "scores.csv").stat().st_mtime_ns for name in ("floor", "other")}
    picture = space / "Result/other/pixel/other.png"
    save_png(picture, Image.open(picture).rotate(180), read_origin(picture))
    assert main(command) == 0
    again = capsys.readouterr().out
    assert "floor was scored before, and nothing of it has changed" in again
    assert "other was scored before" not in again
    assert (space / "Result/floor/scores.csv").stat().st_mtime_ns == before["floor"]
    assert (space / "Result/other/scores.csv").stat().st_mtime_ns > before["other"]
    table = first[first.index("floor\n") : first.index("written:")]
    assert table in again
    # Another metric, or other images, is another score file.
    assert main([*root, "--target", "floor", "--metrics", "ssim", "psnr"]) == 0
    assert "was scored before" not in capsys.readouterr().out
    assert main([*root, "--target", "floor", "--metrics", "ssim", "psnr", "--limit", "2"]) == 0
    assert len(read(space / "Result/floor/scores.csv")) == 2
