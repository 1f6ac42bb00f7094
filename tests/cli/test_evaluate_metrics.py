import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from cmc.cli.evaluate import main
from cmc.core.digests import FileDigests
from cmc.core.workspace import Workspace
from cmc.leaderboard.load_targets import load_collection
from cmc.leaderboard.submission import pack_submission
from cmc.metrics.selection import choose_metrics, columns
from cmc.scores.score_file import read_scores
from cmc.stages.staleness import Staleness
from tests import tiny_iqa
from tests.tables import read, scores_in

ROOT = Path(__file__).parents[2]


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
    pack_submission(results / "Result/real")


def test_patches_of_a_folder_have_a_distance(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "Weight").unlink()
    (results / "Weight").mkdir()
    tiny_iqa.save_fid(results / "Weight")
    for folder in ("GT", "Result/real/full", "Result/real/text"):
        (results / folder / "other.png").unlink()  # 75x50, the others have sides of 64 or more
    arguments = ["--root", str(results), "--target", "real", "--metrics", "psnr"]
    assert main([*arguments, "fid_64"]) == 0
    out = capsys.readouterr().out
    summary = {(row["mode"], row["content_type"]): row for row in read(results / "Result/real/summary.csv")}
    assert float(summary["text", "all"]["fid_64"]) > float(summary["full", "all"]["fid_64"]) > 0
    assert float(summary["text", "all"]["kid_64"]) > float(summary["full", "all"]["kid_64"])
    assert "FID_64 is unreliable under 100 images, and these are 4" in out
    # A side under 256 has no patch, and a mean over the other pictures would be another.
    assert main([*arguments, "fid_256"]) == 2
    assert re.search(r"a picture of \d+x\d+ has no patch of 256x256.*, at \S+\.png", capsys.readouterr().err)


def test_metrics_of_the_field_are_named_where_their_weights_are_not(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "Weight").unlink()
    assert main(["--root", str(results), "--target", "real", "--metrics", "field"]) == 2
    error = capsys.readouterr().err
    released = ("LPIPS_v0.1_alex", "DISTS_weights", "niqe_modelparameters.mat", "pt_inception-2015-12-05", "RN50.pt")
    for told in (*released, "clip-vit-base-patch32/tokenizer.json", "dinov2-base/config.json", "msswd_weights.pth"):
        assert told in error
    found = [column for entry in choose_metrics(["field"]) for column in columns(entry)]
    first = ["psnr", "ms_ssim", "lpips", "dists", "fid_256", "kid_256"]
    assert found == [*first, "clipiqa", "musiq", "niqe", "maniqa", "clipscore", "dinov2", "msswd"]


def test_metrics_without_weights_work_at_once(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "Weight").unlink()
    arguments = ["--root", str(results), "--target", "real", "--metrics"]
    assert main([*arguments, "psnr", "ssim"]) == 0
    assert "stands on no leaderboard" in capsys.readouterr().out
    staleness = Staleness(Workspace(results), results / "Result", FileDigests(results / "digests.sqlite"))
    assert load_collection([results / "Result" / "real"], staleness, None, True).rows[-1].modes() == set()
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
    kept = scores_in(results / "Result/.scores.sqlite")
    assert main([*arguments, "--dtype", "bf16"]) == 0
    found = read(results / "Result/real/scores.csv")
    # No score of one format was taken for the other's.
    assert scores_in(results / "Result/.scores.sqlite") == 2 * kept
    assert {row["dtype"] for row in found} == {"torch.bfloat16"}
    told = re.search(r"score of 8 picture\(s\) of the first 4 image\(s\): FR (\S+), NR (\S+)", capsys.readouterr().out)
    assert told
    for column, gap in zip(("fr", "nr"), told.groups(), strict=True):
        pairs = [(float(a[column]), float(b[column])) for a, b in zip(exact[:8], found[:8], strict=True)]
        assert float(gap) == pytest.approx(max(abs(a - b) for a, b in pairs), rel=0.06)
        assert 0 < float(gap) < 0.2
    assert main(arguments) == 0
    assert read(results / "Result/real/scores.csv") == exact


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
