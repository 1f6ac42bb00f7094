"""CDC through the commands: results, references and streams, by a tiny checkpoint in the released layout."""

import json
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.codec import main as codec
from cmc.cli.codecs import main as codecs
from cmc.cli.pack import main as pack
from cmc.cli.reference import main as reference
from cmc.cli.unpack import main as unpack
from tests.codecs.cdc import save
from tests.conftest import PHOTOS
from tests.tables import read as rows

KEY = sorted(PHOTOS)[0]
CDC = ["--codec", "cdc-x", "--qp", "1", "--limit", "1"]


@pytest.fixture
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save(tmp_path_factory.mktemp("weights") / "a.pt", "cdc_x"))


def test_results_and_a_factor_that_is_recorded(
    space: Path, checkpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--root", str(space), *CDC, "--model_dir", checkpoint]
    assert codec(arguments) == 0
    assert codec([*arguments, "--result_name", "half", "--downscale", "2"]) == 0
    folders = [space / f"Result/{name}-qp1/image" for name in ("cdc-x", "half")]
    sizes = [int(rows(folder / "streams/streams.csv")[0]["bytes"]) for folder in folders]
    assert sizes[1] < sizes[0]
    for folder in folders:
        assert Image.open(folder / f"{KEY}.png").size == PHOTOS[KEY][1]
    settings = [json.loads((folder / "run.json").read_text())["settings"] for folder in folders]
    assert [setting.get("downscale") for setting in settings] == [None, 2]
    assert codec([*arguments, "--downscale", "2"]) == 2
    assert "downscale" in capsys.readouterr().err


def test_a_factor_is_cdc_s_alone(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert codec(["--root", str(space), "--codec", "webp", "--qp", "5", "--downscale", "2"]) == 2
    assert "--downscale is no option of webp" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        codec(["--root", str(space), *CDC, "--downscale", "0"])
    assert "expected a whole number from 1 to 255, found '0'" in capsys.readouterr().err


def test_references_become_streams_and_come_back(
    space: Path, checkpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("out")
    arguments = ["--root", str(space), *CDC, "--model_dir", checkpoint]
    assert reference([*arguments, "--kind", "image", "--downscale", "2"]) == 0
    assert json.loads((space / "Ref/image/run.json").read_text())["settings"]["downscale"] == 2
    packed = ["--root", str(space), "--input_path", "test", "--mode", "image", "--codec", "cdc-x", "--limit", "1"]
    assert pack([*packed, "--allow_partial"]) == 0
    assert unpack([str(space / "Stream"), "--root", str(out), "--model_dir", checkpoint]) == 0
    first, second = (Image.open(root / f"Ref/image/{KEY}.png") for root in (space, out))
    assert first.tobytes() == second.tobytes()


def test_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert codecs([]) == 0
    printed = capsys.readouterr().out
    assert "cdc-x" in printed
    assert "200 steps" in printed
