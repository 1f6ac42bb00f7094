"""What a newcomer runs first, and the shipped models that it runs: sensible on scenes that none of them saw."""

import csv
import json
import shlex
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import torch
from safetensors import safe_open

from cmc.cli.demo import PHOTOGRAPHS, TINY, commands, main
from cmc.cli.leaderboard import main as leaderboard
from cmc.core.captions import read_captions
from cmc.core.images import load_rgb
from cmc.core.modes import MODES
from cmc.metrics.finetune.loop import correlation
from cmc.metrics.topiq import topiq_fr, topiq_nr
from cmc.scenes.attributes import Attributes, named_attributes
from cmc.scenes.hue import dominant_colour
from cmc.scenes.render import scenes
from tests.installed import run_code
from tests.tables import read
from training.distortions import UNSEEN_BY_NR, spoil

# One of each content type.
COUNT = 3
# The demo, whose commands run one after the other in its own process: each of its own would import PyTorch again.
IN_ONE_PROCESS = """
import subprocess, sys
from types import SimpleNamespace
from cmc.__main__ import main
from cmc.cli import demo

def run(command, check):
    assert command[:3] == [sys.executable, "-m", "cmc"]
    return subprocess.CompletedProcess(command, main(command[3:]))

demo.subprocess = SimpleNamespace(run=run)
sys.exit(demo.main(sys.argv[1:]))
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo(target: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The root of a finished demo of the installed toolkit, and what it printed."""
    root = tmp_path_factory.mktemp("demo")
    flags = ["--root", str(root), "--models", str(TINY), "--count", str(COUNT)]
    done = run_code(target, tmp_path_factory.mktemp("elsewhere"), IN_ONE_PROCESS, *flags)
    assert done.returncode == 0, done.stderr
    return root, done.stdout


@pytest.fixture(scope="module")
def shown(demo: tuple[Path, str]) -> dict[str, Attributes]:
    told = json.loads((demo[0] / "scenes.json").read_text())
    return {name: Attributes(**{key: row[key] for key in row if key != "text"}) for name, row in told.items()}


def test_captions_name_what_is_shown(demo: tuple[Path, str], shown: dict[str, Attributes]) -> None:
    texts = read_captions(demo[0] / "Text" / "tiny.csv")
    assert texts.keys() == shown.keys()
    assert np.mean([list(named_attributes(texts[name], one).values()) for name, one in shown.items()]) > 0.8


def test_words_alone_bring_the_colour_back(demo: tuple[Path, str], shown: dict[str, Attributes]) -> None:
    folder = demo[0] / "Result" / "tiny" / "text"
    right = [dominant_colour(load_rgb(folder / f"{name}.png")) == one.colour for name, one in shown.items()]
    assert np.mean(right) >= 0.8


def test_more_bits_are_more_faithful(demo: tuple[Path, str]) -> None:
    rows = read(demo[0] / "Result" / "tiny" / "scores.csv")
    assert len(rows) == 4 * COUNT
    means = {
        name: {mode: fmean(float(row[name]) for row in rows if row["mode"] == mode) for mode in MODES}
        for name in ("fr", "ssim")
    }
    for mean in means.values():
        assert mean["full"] >= mean["image"] > mean["pixel"] > mean["text"]


def test_no_published_row_stands_beside_demo_scores(demo: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert leaderboard(["--root", str(demo[0]), "--format", "csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {(row["source"], row["rank"]) for row in rows} == {("yours", "")}
    assert all("its weights say: DEMO scores" in row["not_ranked_because"] for row in rows)
    report = (demo[0] / "report.html").read_text(encoding="utf-8")
    assert "PG25" not in report
    # What the scores are is said already.
    assert "no weight files to check by" not in report


def test_it_says_where_everything_is_and_what_the_scores_are(demo: tuple[Path, str]) -> None:
    root, printed = demo
    for made in ("Text/tiny.csv", "Result/tiny", "report.html"):
        assert f"{root}/{made}" in printed
        assert (root / made).exists()
    assert "DEMO scores" in printed
    assert "mail both files" not in printed
    assert "--model_name sd15" in printed.splitlines()[-2]


def test_the_metrics_order_degrees_of_distortion() -> None:
    fr = topiq_fr(TINY / "Weight", torch.device("cpu"), torch.float32)
    nr = topiq_nr(TINY / "Weight", torch.device("cpu"), torch.float32)
    found: dict[str, list[tuple[float, float]]] = {"fr": [], "nr": []}
    # Many scenes, a few distortions of each: a codec takes a second a picture.
    for number, one in enumerate(scenes("test", 12)):
        for each in spoil(one.image, np.random.default_rng(number), 0.15):
            picture = np.asarray(each.image)
            found["fr"].append((fr.score([picture], np.asarray(one.image))[0], each.mos))
            if each.distortion not in UNSEEN_BY_NR:
                found["nr"].append((nr.score([picture], None)[0], each.mos))
    srcc = {name: correlation(*map(list, zip(*pairs, strict=True)))[0] for name, pairs in found.items()}
    assert srcc["fr"] > 0.8
    assert srcc["nr"] > 0.6


def test_the_weights_are_small_and_in_half_precision() -> None:
    files = list((TINY).rglob("*.safetensors"))
    assert len(files) == 7
    assert sum(path.stat().st_size for path in files) < 40e6
    for path in files:
        with safe_open(path, "pt") as tensors:
            dtypes = {tensors.get_tensor(key).dtype for key in tensors.keys()}  # noqa: SIM118
        assert dtypes <= {torch.float16, torch.int64}, path


def test_photographs_run_through_captions_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    captions = [command for command in commands(True, 0, TINY) if command[0] == "i2t"]
    monkeypatch.setattr("cmc.cli.demo.commands", lambda photos, count, models: captions)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    assert main(["--root", "here", "--photos"]) == 0
    assert {path.stem for path in (tmp_path / "here" / "GT").glob("*.png")} == set(PHOTOGRAPHS)
    # Of what it has never seen the captioner may find no end.
    assert read_captions(tmp_path / "here" / "Text" / "tiny.csv").keys() == set(PHOTOGRAPHS)
    assert "captions are WRONG" in capfd.readouterr().out


def test_a_root_that_cannot_be_made_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--root", str(tmp_path / "file" / "root")]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_without_its_models_it_says_where_they_are(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "--models", str(tmp_path / "none")]) == 2
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert "in a clone of the repository" in error
    assert "--models" in error


def test_its_commands_can_be_typed_where_it_was_run(demo: tuple[Path, str]) -> None:
    printed = [line.removeprefix("$ ") for line in demo[1].splitlines() if line.startswith("$ ")]
    assert len(printed) == len(commands(False, COUNT, TINY))
    report = shlex.split(printed[-1])
    assert report[0] == "python"
    again = subprocess.run([sys.executable, *report[1:]], cwd=ROOT, check=False)
    assert again.returncode == 0


def test_a_failing_step_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cmc.cli.demo.commands", lambda photos, count, models: [["nonsense"], ["models"]])
    assert main(["--root", str(tmp_path)]) == 2
    out, err = capfd.readouterr()
    assert "no tool 'nonsense'" in err
    assert "report.html" not in out
