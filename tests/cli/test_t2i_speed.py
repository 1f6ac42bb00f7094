"""Options for speed and memory, from the command line to the run file."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.t2i import main
from cmc.core.images import save_png
from cmc.core.origin import read_origin
from cmc.registry import T2I
from tests.conftest import PHOTOS

TILES = ["--tiling"]


def command(space: Path, folder: Path, *more: str, mode: str = "text") -> list[str]:
    model = ["--model_name", "tiny", "--model_dir", str(folder), "--input_path", "test", "--mode", mode]
    return ["--root", str(space), *model, "--max_side", "96", "--steps", "4", "--device", "cpu", *more]


def run_file(space: Path, mode: str = "text") -> dict[str, dict[str, object]]:
    return json.loads((space / f"Result/tiny/{mode}/run.json").read_text())


def error(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    return line


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--quantize", "int4"], "argument --quantize: expected fp8 or int8 or nf4, found 'int4'"),
        (["--cache", "all"], "argument --cache: expected first-block, found 'all'"),
        (["--offload", "disk"], "argument --offload: expected model or layers, found 'disk'"),
        (["--png_level", "10"], "argument --png_level: expected a whole number from 0 to 9, found '10'"),
    ],
)
def test_values_that_there_are_not(given: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(given)
    assert told in capsys.readouterr().err


def test_what_an_inexact_option_changes_is_measured_told_and_recorded(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(space, sd, *TILES, "--limit", "3")) == 0
    told = capsys.readouterr().out
    found = re.search(
        r"text: inexact: PSNR of the first 2 picture\(s\) to exact ones ([\d.]+) dB, lowest ([\d.]+)", told
    )
    assert found
    run = run_file(space)
    deviation = run["outcome"]["deviation"]
    assert run["settings"]["options"] == {"tiling": True}
    assert deviation["pictures"] == 2
    assert 10 < deviation["psnr_lowest"] <= deviation["psnr"] < 60
    assert deviation["psnr"] == pytest.approx(float(found[1]), abs=0.06)
    assert 0 < deviation["levels"] < 20
    assert not (space / "Result/tiny/text/.exact").exists()
    assert main([*command(space, sd, "--limit", "3"), "--result_name", "exact"]) == 0
    first = sorted(sorted(PHOTOS)[:3], key=lambda name: (size_of(space, name), name))[:2]
    gaps = [np.abs(levels(space, "tiny", name) - levels(space, "exact", name)).mean() for name in first]
    assert deviation["levels"] == pytest.approx(np.mean(gaps), abs=1e-3)


def size_of(space: Path, name: str) -> tuple[int, int]:
    """At which a picture is generated, which is the order: the longest side 96, in multiples of 8."""
    size = PHOTOS[name][1]
    width, height = (int(side * 96 / max(size)) // 8 * 8 for side in size)
    return width, height


def levels(space: Path, result: str, name: str) -> np.ndarray:
    return np.asarray(Image.open(space / f"Result/{result}/text/{name}.png"), dtype=int)


@pytest.mark.skipif(importlib.util.find_spec("torchao") is None, reason="torchao is an extra")
def test_a_quantised_denoiser_is_measured(space: Path, sd: Path) -> None:
    assert main(command(space, sd, "--quantize", "int8", "--limit", "2")) == 0
    assert run_file(space)["settings"]["options"] == {"quantize": "int8"}
    assert 25 < run_file(space)["outcome"]["deviation"]["psnr_lowest"] < 80


# Grey, two levels lighter with its inexact option; it writes down when it is loaded.
GREY = """
from pathlib import Path
import numpy as np
from cmc.core.errors import CMCError
from cmc.registry import T2I, Option
from cmc.t2i.base import Decoder, Picture

OPTIONS = {"light": Option(bool, "off", inexact=True), "scarce": Option(bool, "light alone", changes_output=False)}


@T2I.register("grey", modes={"image", "text"}, options=OPTIONS)
class Grey(Decoder):
    def __init__(self, checkpoint, device, dtype, light=False, scarce=False):
        if scarce and not light:
            raise CMCError("grey has no room; make some")
        with open(Path(__file__).with_name("loads.txt"), "a") as loads:
            loads.write("light " if light else "exact ")
        self.level = 102 if light else 100

    def render(self, requests, sampling):
        return [Picture(np.full((*request.size[::-1], 3), self.level / 255)) for request in requests]
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("plugin") / "grey.py"
    path.write_text(GREY)
    yield path
    T2I._entries.pop("grey", None)


def grey(space: Path, plugin: Path, *more: str) -> list[str]:
    return ["--root", str(space), "--plugin", str(plugin), "--input_path", "test", "--model_name", "grey", *more]


def test_all_modes_are_measured_with_two_loads(referenced: Path, plugin: Path, tmp_path: Path) -> None:
    for name in ("GT", "Ref", "Text"):
        (tmp_path / name).symlink_to(referenced / name)
    plugin.with_name("loads.txt").unlink(missing_ok=True)
    assert main(grey(tmp_path, plugin, "--light")) == 0
    for mode in ("image", "text"):
        outcome = json.loads((tmp_path / f"Result/grey/{mode}/run.json").read_text())["outcome"]
        assert outcome["deviation"] == {"pictures": 2, "psnr": 42.11, "psnr_lowest": 42.11, "levels": 2.0}
    assert plugin.with_name("loads.txt").read_text() == "exact light "


def test_workers_measure_too(space: Path, plugin: Path) -> None:
    assert main(grey(space, plugin, "--light", "--mode", "text", "--workers", "1")) == 0
    outcome = json.loads((space / "Result/grey/text/run.json").read_text())["outcome"]
    assert outcome["deviation"]["psnr"] == 42.11


def test_where_an_exact_picture_cannot_be_had_the_run_goes_on(
    space: Path, plugin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(grey(space, plugin, "--light", "--scarce", "--mode", "text")) == 0
    unknown = "grey has no room; make some"
    assert f"text: inexact, and not compared with exact pictures: {unknown}" in capsys.readouterr().out
    outcome = json.loads((space / "Result/grey/text/run.json").read_text())["outcome"]
    assert outcome["deviation"] == {"pictures": 0, "unknown": unknown}


def test_it_is_measured_once_and_anew_with_overwrite(
    space: Path, plugin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inexact = grey(space, plugin, "--light", "--mode", "text", "--limit")
    path = space / "Result/grey/text/run.json"
    assert main([*inexact, "2"]) == 0
    assert "text: inexact: PSNR" in capsys.readouterr().out
    deviation = json.loads(path.read_text())["outcome"]["deviation"]
    assert main([*inexact, "3"]) == 0
    assert "inexact" not in capsys.readouterr().out
    assert json.loads(path.read_text())["outcome"]["deviation"] == deviation
    for picture in path.parent.glob("*.png"):  # which are not what is compared
        save_png(picture, Image.new("RGB", Image.open(picture).size, "white"), read_origin(picture))
    assert main([*inexact, "3", "--overwrite"]) == 0
    assert "text: inexact: PSNR" in capsys.readouterr().out
    assert json.loads(path.read_text())["outcome"]["deviation"] == deviation


def test_exact_and_inexact_pictures_are_not_mixed(
    space: Path, plugin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(grey(space, plugin, "--mode", "text", "--limit", "1")) == 0
    assert "deviation" not in json.loads((space / "Result/grey/text/run.json").read_text())["outcome"]
    assert main(grey(space, plugin, "--mode", "text", "--light")) == 2
    assert "options: {} there, {'light': True} now" in error(capsys)


def test_the_png_level_changes_files_and_no_pixel_nor_settings(space: Path, plugin: Path) -> None:
    command = grey(space, plugin, "--mode", "text", "--limit")
    assert main([*command, "1", "--png_level", "0"]) == 0
    assert main([*command, "2", "--png_level", "9"]) == 0
    stored, packed = sorted((space / "Result/grey/text").glob("*.png"))
    for path in (stored, packed):
        pixels = np.asarray(Image.open(path))
        assert np.unique(pixels).tolist() == [100]
        assert (path.stat().st_size > pixels.nbytes) == (path == stored)


def test_offloading_from_a_cpu_is_refused(space: Path, sd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(space, sd, "--offload", "model")) == 2
    assert "--offload keeps in main memory what a GPU need not hold, and the device is a CPU" in error(capsys)


def test_a_restorer_has_no_such_options(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(space), "--model_name", "diffbir", "--compile"]) == 2
    assert "--compile is no option of diffbir" in error(capsys)
