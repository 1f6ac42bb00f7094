"""DiffC through the commands: results without and with captions, what they cost, references and streams."""

import json
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.codec import main as codec
from cmc.cli.inspect import main as inspect
from cmc.cli.pack import main as pack
from cmc.cli.reference import main as reference
from cmc.cli.unpack import main as unpack
from cmc.core.captions import write_captions
from cmc.core.origin import Origin, read_origin, text_digest
from cmc.core.workspace import Workspace, list_images
from cmc.scenes.files import save_scenes
from cmc.scores.rates import with_rates
from cmc.stages.evaluate import Score
from cmc.stream import caption_coder
from tests.codecs.diffc import TINY
from tests.tables import read as rows

KEY, OTHER = "NSI_land_000", "SCI_window_000"
DIFFC = ["--codec", "diffc", "--model_dir", TINY]
CAPTIONS = {KEY: "a large blue boat in the mountains", OTHER: "a large yellow window on a desktop"}


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    save_scenes(tmp_path, "test", 2, 64)
    write_captions(tmp_path / "Text/x.csv", {f"{key}.png": text for key, text in CAPTIONS.items()})
    return tmp_path


def _write(root: Path, captions: dict[str, str]) -> None:
    write_captions(root / "Text/x.csv", {f"{key}.png": text for key, text in captions.items()})


def _rate(root: Path, target: str, mode: str) -> tuple[int, int, int]:
    """Bits of text, reference and all that a score of KEY is given."""
    gts = {path.name: path for path in list_images(root / "GT").values()}
    score = Score(f"{KEY}.png", target, mode, {"fr": 1.0})
    rate = next(iter(with_rates([score], gts, Workspace(root), root / "Result"))).rate
    assert rate is not None
    return rate.text, rate.reference, rate.total


def test_captions_are_read_counted_and_told(drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--root", str(drawn), *DIFFC, "--qp", "400"]
    assert codec([*command, "--captions", "x"]) == 0
    full = drawn / "Result/diffc-qp400/full"
    printed = capsys.readouterr().out
    assert "72 bits of header and caption" in printed
    assert json.loads((full / "run.json").read_text())["settings"]["captions"] == "Text/x.csv"
    origin = read_origin(full / f"{KEY}.png")
    assert isinstance(origin, Origin)
    assert origin.caption == text_digest(CAPTIONS[KEY])
    # 64 bits of header, 8 that say which codec, 8 of the caption's length.
    size, caption = (full / f"streams/{KEY}.diffc").stat().st_size, len(caption_coder.encode(CAPTIONS[KEY])[1])
    assert _rate(drawn, "diffc-qp400", "full") == (8 * (1 + caption), 8 * (1 + size), 8 * (8 + 1 + caption + 1 + size))
    mean = sum(10 + len(caption_coder.encode(CAPTIONS[row["name"]])[1]) + int(row["bytes"]) for row in _rows(full)) / 2
    assert f"{8 * mean / 4096:.5f} bpp" in printed

    before = {row["name"]: (full / f"{row['name']}.png").stat().st_mtime_ns for row in _rows(full)}
    _write(drawn, CAPTIONS | {KEY: "another caption"})
    assert codec([*command, "--captions", "x"]) == 0
    assert "another caption" in capsys.readouterr().out
    after = {name: (full / f"{name}.png").stat().st_mtime_ns for name in before}
    assert [before[name] == after[name] for name in (KEY, OTHER)] == [False, True]
    _write(drawn, {OTHER: CAPTIONS[OTHER]})
    assert codec([*command, "--captions", "x"]) == 1
    assert "no caption" in capsys.readouterr().out


def _rows(folder: Path) -> list[dict[str, str]]:
    return rows(folder / "streams/streams.csv")


def test_a_rate_is_met_by_cutting_with_everything_counted(drawn: Path) -> None:
    # 0.12 bpp of 64x64 pixels are 61 bytes.
    assert codec(["--root", str(drawn), *DIFFC, "--bpp", "0.12", "--captions", "x", "--limit", "1"]) == 0
    folder = drawn / "Result/diffc-bpp0.12/full"
    row = _rows(folder)[0]
    beside = 8 + 1 + 1 + len(caption_coder.encode(CAPTIONS[row["name"]])[1])
    assert 61 - 8 < beside + int(row["bytes"]) <= 61
    assert 10 <= int(row["qp"]) < 999


def test_captions_are_refused_by_codecs_that_read_none(drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert codec(["--root", str(drawn), "--codec", "webp", "--qp", "5", "--captions", "x"]) == 2
    assert "--captions: webp reads none, diffc does; leave it out" in capsys.readouterr().err


def test_references_become_streams_and_come_back(
    drawn: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path_factory.mktemp("out")
    limit = ["--root", str(drawn), "--limit", "1"]
    assert reference([*limit, *DIFFC, "--qp", "300", "--kind", "image"]) == 0
    assert pack([*limit, "--input_path", "x", "--mode", "full", "--codec", "diffc", "--allow_partial"]) == 0
    assert unpack([str(drawn / "Stream"), "--root", str(out), "--model_dir", TINY]) == 0
    first, second = (Image.open(next((root / "Ref/image").glob("*.png"))) for root in (drawn, out))
    assert first.tobytes() == second.tobytes()
    size = next((drawn / "Ref/image").glob("*.diffc")).stat().st_size
    capsys.readouterr()
    assert inspect([str(drawn / "Stream")]) == 0
    printed = capsys.readouterr().out
    assert "reference by diffc" in printed
    assert f"{8 * (1 + 4 + size)} bits" in printed
