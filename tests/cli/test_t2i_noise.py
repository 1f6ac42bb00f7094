import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.t2i import main


@pytest.fixture
def flags(space: Path, referenced: Path, sd: Path) -> list[str]:
    shutil.copytree(referenced / "Ref", space / "Ref")
    model = ["--model_name", "tiny", "--model_dir", str(sd), "--input_path", "test", "--limit", "2"]
    return ["--root", str(space), *model, "--max_side", "64", "--steps", "10"]


def run_of(space: Path, mode: str) -> dict:
    return json.loads((space / "Result/tiny" / mode / "run.json").read_text())


def test_a_run_says_at_which_noise_it_started(
    space: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags) == 0
    full, pixel = (run_of(space, mode)["outcome"] for mode in ("full", "pixel"))
    assert full["sigma"] < pixel["sigma"]
    assert full["sigma_range"] == [full["sigma"], full["sigma"]]
    assert "sigma" not in run_of(space, "text")["outcome"]
    assert f"  started at sigma {full['sigma']:.3g}\n" in capsys.readouterr().out


def test_pictures_of_a_noise_level_are_those_of_its_strength_and_no_others(
    space: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    mode = ["--mode", "full"]
    assert main([*flags, *mode, "--strength", "0.7"]) == 0
    sigma = run_of(space, "full")["outcome"]["sigma"]
    level = ["--noise_level", f"{1.02 * sigma:.6f}"]
    assert main([*flags, *mode, *level]) == 2
    assert "strength: 0.7 there, None now" in capsys.readouterr().err
    assert main([*flags, *level, "--result_name", "level"]) == 0
    settings = json.loads((space / "Result/level/full/run.json").read_text())["settings"]
    assert (settings["strength"], settings["noise_level"]) == (None, float(level[1]))
    pictures = sorted((space / "Result/tiny/full").glob("*.png"))
    assert len(pictures) == 2
    for path in pictures:
        assert np.array_equal(Image.open(path), Image.open(space / "Result/level/full" / path.name))
    text = json.loads((space / "Result/level/text/run.json").read_text())["settings"]
    assert (text["strength"], text["noise_level"]) == (1.0, None)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--noise_level", "1", "--strength", "0.5"], "two ways to say the same"),
        (["--noise_level", "0"], "expected a number over 0"),
        (["--noise_level", "nan"], "expected a number over 0"),
        (["--noise_level", "1", "--mode", "text"], "text mode starts from noise alone"),
        (["--noise_level", "500"], "10 steps of tiny start at 0."),
    ],
)
def test_what_cannot_be_is_one_line(
    flags: list[str], more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*flags, *more]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert told in line


def test_a_restorer_takes_no_noise_level(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*flags, "--model_name", "diffbir", "--noise_level", "1"]) == 2
    assert "--noise_level: DiffBIR" in capsys.readouterr().err
