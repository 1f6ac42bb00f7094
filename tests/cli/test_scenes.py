"""`cmc scenes` fills GT as the benchmark names its images, and says what they show."""

import json
from pathlib import Path

import numpy as np
import pytest

from cmc.cli.scenes import main
from cmc.core.images import load_rgb
from cmc.core.workspace import content_type
from cmc.scenes.render import SEEDS, render


def test_gt_has_the_benchmark_s_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "--count", "7", "--side", "64"]) == 0
    names = sorted(path.stem for path in (tmp_path / "GT").glob("*.png"))
    assert [content_type(name) for name in names] == (
        [("AIGI", "shape")] * 2 + [("NSI", "land")] * 3 + [("SCI", "window")] * 2
    )
    scene = render("NSI", SEEDS["demo"][0], 64)
    assert np.array_equal(load_rgb(tmp_path / "GT" / f"{scene.name}.png"), scene.image)
    shown = json.loads((tmp_path / "scenes.json").read_text())
    assert sorted(shown) == names
    assert (shown[scene.name]["colour"], shown[scene.name]["text"]) == (scene.shown.colour, scene.text)
    assert "7 scenes" in capsys.readouterr().out


def test_no_scenes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--root", str(tmp_path), "--count", "0"])
    assert "expected a whole number from 1" in capsys.readouterr().err
    assert main(["--root", str(tmp_path), "--count", "300001"]) == 2
    assert "expected 1 to 300000" in capsys.readouterr().err
