import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.t2i import main
from tests import tiny_families, tiny_text_families
from tests.conftest import PHOTOS


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_families.flux(tmp_path_factory.mktemp("flux"))


def _command(space: Path, folder: Path, *more: str) -> list[str]:
    model = ["--model_name", "tiny", "--model_dir", str(folder), "--input_path", "test"]
    return ["--root", str(space), *model, "--max_side", "64", "--limit", "1", *more]


def test_the_run_file_has_the_familys_steps_and_guidance(referenced: Path, flux: Path, tmp_path: Path) -> None:
    space = shutil.copytree(referenced, tmp_path / "space")
    assert main(_command(space, flux, "--mode", "full")) == 0
    folder = space / "Result/tiny/full"
    settings = json.loads((folder / "run.json").read_text())["settings"]
    assert (settings["steps"], settings["guidance_scale"]) == (50, 3.5)
    name = min(PHOTOS)
    assert Image.open(folder / f"{name}.png").size == PHOTOS[name][1]


def test_what_is_asked_for_goes_before(space: Path, flux: Path) -> None:
    assert main(_command(space, flux, "--mode", "text", "--steps", "2", "--guidance_scale", "1.5")) == 0
    settings = json.loads((space / "Result/tiny/text/run.json").read_text())["settings"]
    assert (settings["steps"], settings["guidance_scale"]) == (2, 1.5)


def test_a_family_of_text_alone_has_its_one_mode(
    space: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny_text_families.sana(tmp_path / "sana")
    assert main(_command(space, folder, "--mode", "pixel")) == 2
    assert "tiny has no pixel mode: it generates from text alone; it has text" in capsys.readouterr().err
    assert main(_command(space, folder, "--steps", "2")) == 0
    assert [path.name for path in (space / "Result/tiny").iterdir()] == ["text"]
