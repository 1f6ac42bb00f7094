"""Options for speed and memory, from the command line to the run file."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.t2i import main
from tests import tiny_families
from tests.conftest import PHOTOS

TILES = ["--tiling"]


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_families.flux(tmp_path_factory.mktemp("flux"), blocks=2)


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
    assert main(command(space, sd, *TILES)) == 0
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
    assert main([*command(space, sd), "--result_name", "exact"]) == 0
    first = sorted(PHOTOS, key=lambda name: (size_of(space, name), name))[:2]
    gaps = [np.abs(levels(space, "tiny", name) - levels(space, "exact", name)).mean() for name in first]
    assert deviation["levels"] == pytest.approx(np.mean(gaps), abs=1e-3)


def size_of(space: Path, name: str) -> tuple[int, int]:
    """At which a picture is generated, which is the order: the longest side 96, in multiples of 8."""
    size = PHOTOS[name][1]
    width, height = (int(side * 96 / max(size)) // 8 * 8 for side in size)
    return width, height


def levels(space: Path, result: str, name: str) -> np.ndarray:
    return np.asarray(Image.open(space / f"Result/{result}/text/{name}.png"), dtype=int)


def test_it_is_measured_once_and_anew_with_overwrite(space: Path, sd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(space, sd, *TILES, "--limit", "3")) == 0
    deviation = run_file(space)["outcome"]["deviation"]
    capsys.readouterr()
    assert main(command(space, sd, *TILES)) == 0
    assert "inexact" not in capsys.readouterr().out
    assert run_file(space)["outcome"]["deviation"] == deviation
    assert main(command(space, sd, *TILES, "--overwrite")) == 0
    assert "text: inexact: PSNR" in capsys.readouterr().out


def test_exact_and_inexact_pictures_are_not_mixed(space: Path, sd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(space, sd, "--limit", "1")) == 0
    assert "deviation" not in run_file(space)["outcome"]
    assert main(command(space, sd, *TILES)) == 2
    assert "options: {} there, {'tiling': True} now" in error(capsys)


@pytest.mark.skipif(importlib.util.find_spec("torchao") is None, reason="torchao is an extra")
def test_a_quantised_decoder_of_several_modes(referenced: Path, sd: Path, tmp_path: Path) -> None:
    space = tmp_path / "space"
    space.mkdir()
    for name in ("GT", "Ref", "Text"):
        (space / name).symlink_to(referenced / name)
    assert main(command(space, sd, "--quantize", "int8", "--limit", "2", mode="all")) == 0
    for mode in ("full", "image", "pixel", "text"):
        deviation = run_file(space, mode)["outcome"]["deviation"]
        assert 25 < deviation["psnr_lowest"] < 80
        assert len(list((space / "Result/tiny" / mode).glob("*.png"))) == 2


def test_workers_measure_too(space: Path, flux: Path) -> None:
    more = ["--cache", "first-block", "--cache_threshold", "0.5", "--limit", "2", "--workers", "1"]
    assert main(command(space, flux, *more)) == 0
    assert run_file(space)["outcome"]["deviation"]["pictures"] == 2
    assert run_file(space)["settings"]["options"] == {"cache": "first-block", "cache_threshold": 0.5}


def test_where_an_exact_picture_cannot_be_had_the_run_goes_on(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = space / "scarce.py"
    plugin.write_text(SCARCE)
    arguments = ["--root", str(space), "--plugin", str(plugin), "--input_path", "test", "--model_name", "scarce"]
    assert main([*arguments, "--small", "--limit", "1", "--mode", "text"]) == 0
    told = "inexact, and not compared with exact pictures: scarce holds no more than a small one"
    assert f"text: {told}" in capsys.readouterr().out
    outcome = json.loads((space / "Result/scarce/text/run.json").read_text())["outcome"]
    assert outcome["deviation"] == {"pictures": 0, "unknown": "scarce holds no more than a small one"}


# A decoder that loads with its inexact option alone.
SCARCE = """
import numpy as np
from cmc.core.errors import CMCError
from cmc.registry import T2I, Option
from cmc.t2i.base import Decoder, Picture


@T2I.register("scarce", modes={"text"}, options={"small": Option(bool, "less memory", inexact=True)})
class Scarce(Decoder):
    def __init__(self, checkpoint, device, dtype, small=False):
        if not small:
            raise CMCError("scarce holds no more than a small one")

    def render(self, requests, sampling):
        return [Picture(np.full((*request.size[::-1], 3), 0.5)) for request in requests]
"""


def test_offloading_from_a_cpu_is_refused(space: Path, sd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(space, sd, "--offload", "model")) == 2
    assert "--offload keeps in main memory what a GPU need not hold, and the device is a CPU" in error(capsys)


def test_a_restorer_has_no_such_options(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(space), "--model_name", "diffbir", "--compile"]) == 2
    assert "--compile is no option of diffbir" in error(capsys)


def test_the_png_level_changes_files_and_no_pixel_nor_settings(space: Path, sd: Path) -> None:
    assert main(command(space, sd, "--limit", "1", "--png_level", "0")) == 0
    assert main(command(space, sd, "--limit", "2", "--png_level", "9")) == 0
    one, other = sorted((space / "Result/tiny/text").glob("*.png"))
    assert main([*command(space, sd, "--limit", "2"), "--result_name", "default"]) == 0
    for path in (one, other):
        default = space / "Result/default/text" / path.name
        assert np.array_equal(Image.open(path), Image.open(default))
    stored = 3 * np.prod(Image.open(one).size)
    assert one.stat().st_size > stored > other.stat().st_size
