import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.codec import main
from cmc.core.workspace import list_images
from cmc.registry import CODECS
from tests.conftest import PHOTOS
from tests.tables import read


def _rows(folder: Path) -> list[dict[str, str]]:
    return read(folder / "streams" / "streams.csv")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("[!.]*") if path.is_file()}


def test_every_quality_is_a_result_of_pictures_that_their_streams_decode_to(
    space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(space), "--codec", "webp", "--qp", "5,50"]) == 0
    sizes = []
    for qp in (5, 50):
        folder = space / "Result" / f"webp-qp{qp}" / "image"
        assert list(list_images(folder)) == sorted(PHOTOS)
        rows = _rows(folder)
        sizes.append(sum(int(row["bytes"]) for row in rows))
        for row in rows:
            stream = (folder / "streams" / f"{row['name']}.vp8").read_bytes()
            size = int(row["width"]), int(row["height"])
            assert size == PHOTOS[row["name"]][1]
            assert (len(stream), qp) == (int(row["bytes"]), int(row["qp"]))
            picture = Image.open(folder / f"{row['name']}.png")
            assert CODECS.get("webp").create().decode(stream, size).tobytes() == picture.tobytes()
            assert float(row["encode_s"]) >= 0
            assert float(row["decode_s"]) >= 0
        settings = json.loads((folder / "run.json").read_text())["settings"]
        assert (settings["codec"], settings["qp"], settings["suffix"]) == ("webp", qp, ".vp8")
        assert "RIFF" in settings["counted"]
    assert sizes[0] < sizes[1]
    assert "5 of 5 pictures" in capsys.readouterr().out


def test_a_run_goes_on_where_a_kill_cut_it_off(space: Path) -> None:
    arguments = ["--root", str(space), "--codec", "jpeg", "--qp", "10"]
    assert main(arguments) == 0
    folder = space / "Result/jpeg-qp10/image"
    before = _files(folder)
    ledger = folder / "streams/streams.csv"
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(lines[:3]) + lines[3][:9])
    (folder / "NSI_pgc_000.png").unlink()
    (folder / "streams/NSI_ugc_001.jpgs").unlink()
    assert main(arguments) == 0
    after = _files(folder)
    assert {name: data for name, data in after.items() if not name.endswith("streams.csv")} == {
        name: data for name, data in before.items() if not name.endswith("streams.csv")
    }
    untimed = [[row[name] for name in ("name", "qp", "bytes", "bpp")] for row in _rows(folder)]
    assert untimed == [[line.split(",")[place] for place in (0, 3, 4, 5)] for line in lines[1:]]
    # What was whole is not coded again: its times stay.
    kept = [line for line in lines if line.startswith("AIGI")]
    assert kept[0] in ledger.read_text()


@pytest.mark.parametrize("rate", [0.6, 1.1])
def test_a_rate_is_met_by_image_as_closely_as_the_scale_allows(space: Path, rate: float) -> None:
    assert main(["--root", str(space), "--codec", "webp", "--bpp", str(rate)]) == 0
    rows = _rows(space / f"Result/webp-bpp{rate}/image")
    assert len(rows) == len(PHOTOS)
    webp = CODECS.get("webp")
    for row in rows:
        image = Image.open(space / "GT" / f"{row['name']}.png").convert("RGB")
        finer = len(webp.create(qp=int(row["qp"]) + 1).encode(image))
        assert float(row["bpp"]) <= rate < 8 * (8 + finer) / (image.width * image.height)


def test_a_rate_below_the_coarsest_setting_is_said(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(space), "--codec", "jpeg", "--bpp", "0.024", "--limit", "2"]) == 0
    out = capsys.readouterr().out
    assert "2 exceed 0.024 bpp even at the coarsest setting: AIGI_MJ_003, NSI_pgc_000" in out
    assert {row["qp"] for row in _rows(space / "Result/jpeg-bpp0.024/image")} == {"1"}


def test_wrong_settings_are_one_line(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(space)]
    assert main([*root, "--codec", "vvc", "--qp", "64"]) == 2
    assert "vvc takes 63 (coarsest) to 0 (finest)" in capsys.readouterr().err
    assert main([*root, "--codec", "hevcc", "--qp", "30"]) == 2
    assert "Did you mean 'hevc'" in capsys.readouterr().err
    assert main([*root, "--bpp", "0"]) == 2
    assert main([*root, "--codec", "jpeg", "--qp", "10", "--limit", "1", "--result_name", "r"]) == 0
    assert main([*root, "--codec", "webp", "--qp", "10", "--limit", "1", "--result_name", "r"]) == 2
    assert "codec: 'jpeg' there, 'webp' now" in capsys.readouterr().err
    assert main([*root, "--codec", "webp", "--qp", "10", "--limit", "1", "--result_name", "r", "--overwrite"]) == 0
    assert [path.suffix for path in (space / "Result/r-qp10/image/streams").glob("AIGI*")] == [".vp8"]


def test_an_unreadable_image_is_recorded(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (space / "GT" / "NSI_bad_9.png").write_bytes(b"rubbish")
    assert main(["--root", str(space), "--codec", "jpeg", "--qp", "10"]) == 1
    assert "NSI_bad_9" in (space / "Result/jpeg-qp10/image/failed.csv").read_text()
    shutil.rmtree(space / "Result")
