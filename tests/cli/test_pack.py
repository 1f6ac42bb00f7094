import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli import inspect as inspecting
from cmc.cli import pack as packing
from cmc.cli import reference
from cmc.cli import unpack as unpacking
from cmc.codecs.pixelgrid import to_image, to_levels
from cmc.core.bits import bpp
from cmc.core.captions import read_captions, write_captions
from cmc.core.modes import MODES
from cmc.core.run_file import read_run
from cmc.stream.container import pack, unpack
from cmc.stream.stream import Stream
from tests.conftest import PHOTOS


@pytest.fixture
def ready(referenced: Path, tmp_path: Path) -> Path:
    """A root with GT, captions (one of them awkward) and both references."""
    space = shutil.copytree(referenced, tmp_path / "ready")
    captions = {f"{key}.png": f"A photograph, called {key}." for key in PHOTOS}
    captions["other.png"] = 'Line one\r\nline "two",\rüber 🐈'
    write_captions(space / "Text" / "test.csv", captions)
    return space


def _pack(root: Path, *more: str) -> int:
    return packing.main(["--root", str(root), "--input_path", "test", *more])


def _same_picture(one: Path, other: Path) -> bool:
    return Image.open(one).size == Image.open(other).size and Image.open(one).tobytes() == Image.open(other).tobytes()


def test_unpacked_folders_give_the_decoder_what_the_folders_gave(ready: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _pack(ready) == 0
    assert unpacking.main([str(ready / "Stream"), "--root", str(out), "--text_name", "test"]) == 0
    assert read_captions(out / "Text/test.csv") == read_captions(ready / "Text/test.csv")
    for kind in ("image", "pixel"):
        pictures = sorted((ready / "Ref" / kind).glob("*.png"))
        assert [path.name for path in sorted((out / "Ref" / kind).glob("*.png"))] == [path.name for path in pictures]
        assert all(_same_picture(path, out / "Ref" / kind / path.name) for path in pictures)
    sizes = [f"{key}.png,{size[0]},{size[1]}" for key, (_, size) in sorted(PHOTOS.items())]
    assert (out / "sizes.csv").read_text().splitlines() == ["name,width,height", *sizes]


def test_one_image_and_one_mode(ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = ready / "GT" / "SCI_screen_002.png"
    assert _pack(ready, "--mode", "text", "--ground_truth", str(one), "--output_path", str(tmp_path / "S")) == 0
    files = {path.relative_to(tmp_path / "S").as_posix() for path in (tmp_path / "S").rglob("[!.]*") if path.is_file()}
    assert files == {"run.json", "text/SCI_screen_002.cmc"}
    assert read_run(tmp_path / "S" / "run.json")["outcome"] == {"streams": 1, "failed": 0, "texts": ""}
    packed = (tmp_path / "S/text/SCI_screen_002.cmc").read_bytes()
    size = len(packed)
    assert f"{8 * size} bits, {bpp(size, (128, 64)):.5f} bpp" in capsys.readouterr().out
    assert unpack(packed).text == "A photograph, called SCI_screen_002."


def test_inspect_prints_the_bits_of_each_part(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _pack(ready) == 0
    capsys.readouterr()
    path = ready / "Stream" / "full" / "AIGI_MJ_003.cmc"
    assert inspecting.main([str(path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    used = {name: int(number.replace(",", "")) for name, number, *_ in lines[1:]}
    codec = (ready / "Ref/image/AIGI_MJ_003.266").stat().st_size
    assert (used["header"], used["pixels"], used["codec"]) == (64, 0, 8 * codec)
    assert used["header"] + used["text"] + used["codec"] == used["total"] == 8 * path.stat().st_size
    assert "outside ULB (0.024), outside ELB (0.0024)" in " ".join(lines[-1])


def test_inspect_knows_the_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.cmc").write_bytes(pack(Stream(MODES["text"], (1024, 1024), "A cat.")))
    assert inspecting.main([str(tmp_path)]) == 0
    assert "inside ULB (0.024), inside ELB (0.0024)" in capsys.readouterr().out


def test_a_reference_that_is_not_its_stream_is_refused(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ready / "Ref/image/other.png"
    altered = Image.open(path).convert("RGB")
    altered.putpixel((0, 0), (1, 2, 3))
    altered.save(path)
    assert _pack(ready) == 2
    assert "does not decode to other.png" in capsys.readouterr().err


@pytest.mark.parametrize(("size", "found"), [((2, 1), "finer levels"), ((3, 1), "3x1")])
def test_a_picture_that_is_no_grid_is_refused(
    ready: Path, capsys: pytest.CaptureFixture[str], size: tuple[int, int], found: str
) -> None:
    Image.new("RGB", size, (1, 2, 3)).save(ready / "Ref/pixel/other.png")
    assert _pack(ready, "--mode", "pixel") == 2
    assert f"expected 2x1 pixels of 4 bits a channel, found {found}" in capsys.readouterr().err


def test_what_lacks_a_part_is_named_or_left_out(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ready / "Ref/pixel/other.png").unlink()
    assert _pack(ready, "--mode", "pixel") == 2
    assert "other" in capsys.readouterr().err
    assert _pack(ready, "--mode", "pixel", "--allow_partial") == 1
    assert len(list((ready / "Stream/pixel").iterdir())) == len(PHOTOS) - 1
    (ready / "Ref/image/other.266").unlink()
    assert _pack(ready, "--mode", "image") == 2
    assert "no vvc stream" in capsys.readouterr().err


def _write(path: Path, stream: Stream) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pack(stream))


def test_damaged_streams_are_named_or_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path / "text" / "a.cmc", Stream(MODES["text"], (64, 64), "A cat."))
    (tmp_path / "text" / "b.cmc").write_bytes(b"rubbish")
    _write(tmp_path / "text" / "c.cmc", Stream(MODES["image"], (64, 64), codec="vvc", picture=b"rubbish"))
    arguments = [str(tmp_path / "text"), "--root", str(tmp_path / "out")]
    assert unpacking.main(arguments) == 2
    assert "b.cmc: this is no .cmc stream" in capsys.readouterr().err
    assert not (tmp_path / "out" / "sizes.csv").exists()
    assert unpacking.main([*arguments, "--allow_partial"]) == 1
    assert "c.cmc" in capsys.readouterr().out
    assert (tmp_path / "out" / "sizes.csv").read_text() == "name,width,height\na.png,64,64\n"
    assert inspecting.main([str(tmp_path / "text")]) == 2


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (Stream(MODES["full"], (64, 64), "A dog.", codec="vvc", picture=b"x"), "the caption differs"),
        (Stream(MODES["full"], (64, 65), "A cat.", codec="vvc", picture=b"x"), "the size differs"),
    ],
)
def test_streams_of_one_image_that_differ_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: Stream, what: str
) -> None:
    _write(tmp_path / "text" / "a.cmc", Stream(MODES["text"], (64, 64), "A cat."))
    stream = Stream(MODES["pixel"], other.size, other.text, grid=_grid(other.size))
    _write(tmp_path / "pixel" / "a.cmc", stream)
    assert unpacking.main([str(tmp_path), "--root", str(tmp_path / "out")]) == 2
    assert what in capsys.readouterr().err


def _grid(size: tuple[int, int]) -> np.ndarray:
    return to_levels(Image.new("RGB", size, (17, 34, 51)))


def test_names_cannot_leave_the_folder_and_captions_are_only_text(tmp_path: Path) -> None:
    evil = "../../etc/passwd"
    _write(tmp_path / "text" / "a.cmc", Stream(MODES["text"], (64, 64), evil))
    _write(tmp_path / "text" / "..cmc", Stream(MODES["text"], (64, 64), "hidden"))
    assert unpacking.main([str(tmp_path / "text" / "..cmc"), "--root", str(tmp_path / "out")]) == 2
    assert unpacking.main([str(tmp_path / "text" / "a.cmc"), "--root", str(tmp_path / "out")]) == 0
    assert read_captions(tmp_path / "out/Text/stream.csv") == {"a": evil}
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    tables = {"out/Text/stream.csv", "out/Text/stream.origins.json", "out/sizes.csv"}
    assert made == {"text/a.cmc", "text/..cmc", *tables, "out/.lock", "out/.lock.json"}


def test_no_stream_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspecting.main([str(tmp_path / "none.cmc")]) == 2
    assert unpacking.main([str(tmp_path), "--root", str(tmp_path)]) == 2
    assert "no .cmc file" in capsys.readouterr().err


def test_pixels_come_back_as_the_picture_of_their_levels(tmp_path: Path) -> None:
    stream = Stream(MODES["pixel"], (64, 64), grid=_grid((64, 64)))
    _write(tmp_path / "pixel" / "a.cmc", stream)
    assert unpacking.main([str(tmp_path / "pixel"), "--root", str(tmp_path / "out")]) == 0
    assert Image.open(tmp_path / "out/Ref/pixel/a.png").tobytes() == to_image(_grid((64, 64))).tobytes()


def test_an_image_that_the_format_has_no_room_for_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "GT").mkdir()
    Image.new("RGB", (20_000, 3), (9, 99, 9)).save(tmp_path / "GT" / "panorama.png")
    assert reference.main(["--root", str(tmp_path), "--kind", "pixel"]) == 0
    write_captions(tmp_path / "Text" / "test.csv", {"panorama.png": "A wide green field."})
    capsys.readouterr()
    assert _pack(tmp_path, "--mode", "pixel") == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "panorama: 20000x3: a stream holds sides of 1 to 16,384 pixels" in error
