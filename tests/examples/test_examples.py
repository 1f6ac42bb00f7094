"""The four examples through the real commands."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.__main__ import main
from tests.conftest import PHOTOS
from tests.new_names import new_names

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
Command = Callable[..., str]


@pytest.fixture
def cmc(space: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command on `space`, which knows no plugin but its own; what it printed."""

    def run(*arguments: str, plugin: str = "") -> str:
        flags = ["--plugin", str(EXAMPLES / f"{plugin}.py")] if plugin else []
        root = [] if arguments[0] == "codecs" else ["--root", str(space)]
        with new_names():
            assert exit_code([*arguments, *root, *flags]) == 0
        return capsys.readouterr().out

    return run


def exit_code(arguments: list[str]) -> int | str | None:
    try:
        return main(arguments)
    except SystemExit as stop:  # of --help
        return stop.code


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("tool", "plugin", "name", "option"),
    [("i2t", "my_encoder", "mean-colour", "--noun"), ("t2i", "my_decoder", "grey", "--grey")],
)
def test_names_and_options_stand_in_help(tool: str, plugin: str, name: str, option: str, cmc: Command) -> None:
    told = cmc(tool, "--help", plugin=plugin)
    assert name in told
    assert option in told
    assert name not in cmc(tool, "--help")


def test_the_encoder_and_its_option(space: Path, cmc: Command) -> None:
    assert "mean-colour" in cmc("models", "--check", "mean-colour", plugin="my_encoder")
    cmc("i2t", "--model_name", "mean-colour", "--noun", "scene", plugin="my_encoder")
    captions = rows(space / "Text" / "mean-colour.csv")
    assert [row["name"] for row in captions] == [f"{name}.png" for name in sorted(PHOTOS)]
    assert all(row["text"].startswith("A scene of mean colour (") for row in captions)
    settings = json.loads((space / "Text" / "mean-colour.run.json").read_text())["settings"]
    assert settings["options"] == {"noun": "scene"}


def test_the_decoder_and_its_option(space: Path, cmc: Command) -> None:
    assert "grey: loads" in cmc("models", "--check", "grey", plugin="my_decoder")
    decode = ["t2i", "--mode", "text", "--model_name", "grey", "--input_path", "test", "--grey", "0.25"]
    cmc(*decode, plugin="my_decoder")
    for name, (_, size) in PHOTOS.items():
        picture = Image.open(space / "Result" / "grey" / "text" / f"{name}.png")
        assert picture.size == size
        assert np.unique(np.asarray(picture)).tolist() == [64]


def test_a_metric_of_which_less_is_better(space: Path, cmc: Command) -> None:
    assert "mae" in cmc("metrics", plugin="my_metric")
    cmc("codec", "--codec", "jpeg", "--qp", "5,80")
    score = ["evaluate", "--metrics", "mae", "--target", "jpeg-qp5", "jpeg-qp80"]
    assert "mae ↓" in cmc(*score, plugin="my_metric")
    coarse, fine = (rows(space / "Result" / f"jpeg-qp{qp}" / "scores.csv") for qp in (5, 80))
    assert {row["lower_is_better"] for row in coarse} == {"mae"}
    assert all(float(worse["mae"]) > float(better["mae"]) for worse, better in zip(coarse, fine, strict=True))
    gt, decoded = (
        np.asarray(Image.open(space / folder / "other.png").convert("RGB"), dtype=float)
        for folder in ("GT", "Result/jpeg-qp5/image")
    )
    assert float(coarse[-1]["mae"]) == pytest.approx(np.abs(decoded - gt).mean(), abs=1e-6)
    # Without the plugin, what is scored says which way is better: the finer one is on the Pareto front, and better.
    told = cmc("compare", "--curve", "coarse=jpeg-qp5", "--curve", "fine=jpeg-qp80")
    assert "mae" in told
    cmc("report", "--allow_partial", "--thumbnail", "16")
    assert '"lower":["mae"]' in (space / "report.html").read_text(encoding="utf-8")


def test_a_codecs_bits_are_counted_wherever_it_stands(space: Path, cmc: Command) -> None:
    assert "flat" in cmc("codecs", plugin="my_codec")
    cmc("codec", "--codec", "flat", "--qp", "3,1", plugin="my_codec")
    cmc("reference", "--codec", "flat", "--qp", "3", plugin="my_codec")
    cmc("t2i", "--model_name", "reference", "--mode", "image")
    cmc("evaluate", "--metrics", "psnr", "--target", "flat-qp3", "reference")
    for target in ("flat-qp3", "reference"):
        scores = rows(space / "Result" / target / "scores.csv")
        assert len(scores) == len(PHOTOS)
        for row in scores:
            width, height = PHOTOS[Path(row["name"]).stem][1]
            assert (row["bits_text"], row["bits_reference"], row["bits_total"]) == ("0", "24", str(24 + 64))
            assert float(row["bpp"]) == pytest.approx(88 / (width * height), rel=1e-6)


def test_a_wrong_fact_of_a_plugin_is_one_line(space: Path) -> None:
    plugin = space / "wrong.py"
    plugin.write_text("from cmc.registry import T2I\nT2I.register('x', modes={'text'}, lisence='MIT')(print)\n")
    command = [sys.executable, "script-t2i.py", "--root", str(space), "--plugin", str(plugin), "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "unknown fact 'lisence'. Did you mean 'licence'?" in done.stderr


def test_an_installed_package_registers_by_its_entry_point(space: Path) -> None:
    site = space / "site"
    (site / "their_package").mkdir(parents=True)
    (site / "their_package" / "plugin.py").write_text((EXAMPLES / "my_decoder.py").read_text(encoding="utf-8"))
    (site / "their_package" / "__init__.py").touch()
    meta = site / "their_package-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text("[cmc.plugins]\ngrey = their_package.plugin\n")
    command = [sys.executable, "-m", "cmc", "models", "grey"]
    environment = {"PYTHONPATH": str(site), "PATH": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "full image pixel text" in done.stdout
