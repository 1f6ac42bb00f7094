import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.reference import main
from cmc.codecs.grid_geometry import MISC, PixelGrid, read_grid
from cmc.codecs.pixelgrid import pack, to_image, to_levels
from cmc.registry import CODECS
from tests.conftest import PHOTOS
from tests.tables import read


def test_references_are_what_their_streams_decode_to(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(space)]) == 0
    rows = read(space / "Ref" / "image" / "streams.csv")
    assert [row["name"] for row in rows] == sorted(PHOTOS)
    vvc = CODECS.get("vvc").create(qp=53)
    for row in rows:
        stream = (space / "Ref" / "image" / f"{row['name']}.266").read_bytes()
        size = int(row["width"]), int(row["height"])
        assert len(stream) == int(row["bytes"])
        assert float(row["bpp"]) == pytest.approx(8 * len(stream) / (size[0] * size[1]), abs=1e-6)
        picture = Image.open(space / "Ref" / "image" / f"{row['name']}.png")
        assert vvc.decode(stream, size).tobytes() == picture.tobytes()
    gt = Image.open(space / "GT" / "other.png")
    assert np.array_equal(np.asarray(Image.open(space / "Ref/pixel/other.png")), np.asarray(to_image(to_levels(gt))))
    assert "5 of 5 references" in capsys.readouterr().out


def test_second_run_leaves_what_is_there_and_other_settings_are_refused(
    space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--root", str(space), "--kind", "image"]
    assert main(arguments) == 0
    before = (space / "Ref/image/streams.csv").read_bytes()
    marked = space / "Ref/image/other.png"
    long_ago = (1e9, 1e9)
    os.utime(marked, long_ago)
    assert main(arguments) == 0
    assert marked.stat().st_mtime == long_ago[1]
    assert (space / "Ref/image/streams.csv").read_bytes() == before
    assert main([*arguments, "--qp", "45"]) == 2
    assert "qp: 53 there, 45 now" in capsys.readouterr().err
    assert main([*arguments, "--qp", "45", "--overwrite"]) == 0
    assert marked.stat().st_mtime != long_ago[1]


def test_released_references_are_not_touched(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = space / "Ref" / "image"
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(folder / "other.png")
    assert main(["--root", str(space)]) == 2
    assert "was not made here" in capsys.readouterr().err


def test_an_unreadable_image_is_named_and_the_others_are_made(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (space / "GT" / "NSI_bad_9.png").write_bytes(b"rubbish")
    assert main(["--root", str(space), "--kind", "pixel"]) == 1
    assert "1 failed (failed.csv says why): NSI_bad_9: " in " ".join(capsys.readouterr().out.split())
    assert [row["name"] for row in read(space / "Ref/pixel/failed.csv")] == ["NSI_bad_9"]
    assert len(read(space / "Ref/pixel/streams.csv")) == len(PHOTOS)


def test_misc_s_grids_are_recorded_and_not_mixed_with_the_benchmark_s(
    space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--root", str(space), "--kind", "pixel"]
    assert main([*arguments, "--block", "misc"]) == 0
    assert read_grid(space / "Ref/pixel") == MISC
    gt = Image.open(space / "GT/NSI_pgc_000.png")
    assert (space / "Ref/pixel/NSI_pgc_000.rgb5").read_bytes() == pack(to_levels(gt, MISC), MISC)
    assert Image.open(space / "Ref/pixel/NSI_pgc_000.png").size == (3, 2)
    assert main(arguments) == 2
    assert "bits: 5 there, 4 now; block: 'misc' there, 64 now" in capsys.readouterr().err
    assert main([*arguments, "--block", "32", "--levels", "8", "--overwrite"]) == 0
    assert read_grid(space / "Ref/pixel") == PixelGrid(32, 8)
    assert main([*arguments, "--overwrite"]) == 0
    assert json.loads((space / "Ref/pixel/run.json").read_text())["settings"] == {"block": 64, "bits": 4}


def test_a_grid_is_none_of_a_codecs(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(space), "--kind", "image", "--block", "misc"]) == 2
    assert "--block and --levels are of Ref/pixel" in capsys.readouterr().err
    assert not (space / "Ref").exists()
