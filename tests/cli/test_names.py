"""A name that the first step takes is taken to the end, and one that any step would refuse is refused by the first."""

import unicodedata
from pathlib import Path

import pytest

from cmc.cli import codec, evaluate, i2t, pack, reference, t2i, unpack
from cmc.core.captions import read_captions, write_captions
from tests import tiny_i2t
from tests.conftest import photo
from tests.tables import read

COFFEE = photo("coffee.png").resize((64, 48))
CODEC = ["--codec", "webp", "--qp", "50"]
NFD = unicodedata.normalize("NFD", "한국 café")
NAMES = {
    "photo.jpg.png": "photo.jpg",
    "x.png.PNG": "x.png",
    f"{NFD}.jpg": unicodedata.normalize("NFC", NFD),
    "👨\u200d👩 100%.webp": "👨\u200d👩 100%",
    "-dash..gif": "-dash.",
    "image.png": "image",
    'q"uo,te\u05d0\u200f.png': 'q"uo,te\u05d0\u200f',
    "n" * 150 + ".png": "n" * 150,
}


@pytest.fixture
def llava(tmp_path: Path) -> Path:
    return tiny_i2t.llava(tmp_path / "llava")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "GT").mkdir()
    for name in NAMES:
        COFFEE.save(tmp_path / "GT" / name)
    return tmp_path


def _caption(root: Path, llava: Path) -> int:
    model = ["--model_name", "tiny", "--model_dir", str(llava), "--explen", "5"]
    return i2t.main(["--root", str(root), *model])


def test_unusual_names_pass_every_step(root: Path, llava: Path) -> None:
    at = ["--root", str(root)]
    assert _caption(root, llava) == 0
    before = (root / "Text/tiny.csv").read_bytes()
    assert _caption(root, llava) == 0
    assert (root / "Text/tiny.csv").read_bytes() == before
    assert read_captions(root / "Text/tiny.csv").keys() == set(NAMES.values())
    assert reference.main([*at, *CODEC]) == 0
    assert t2i.main([*at, "--model_name", "reference", "--input_path", "tiny"]) == 0
    assert evaluate.main([*at, "--target", "reference", "--metrics", "psnr"]) == 0
    assert {row["status"] for row in read(root / "Result/reference/scores.csv")} == {"ok"}
    assert all(row["bits_total"] for row in read(root / "Result/reference/scores.csv"))
    assert codec.main([*at, *CODEC]) == 0
    assert pack.main([*at, *CODEC[:2], "--input_path", "tiny"]) == 0
    (root / "far").mkdir()
    assert unpack.main([str(root / "Stream"), "--root", str(root / "far")]) == 0
    assert read_captions(root / "far/Text/stream.csv") == read_captions(root / "Text/tiny.csv")
    assert t2i.main(["--root", str(root / "far"), "--model_name", "reference", "--input_path", "stream"]) == 0
    for folder in ("Result/reference/full", "far/Result/reference/full", "Result/webp-qp50/image"):
        assert {path.stem for path in (root / folder).glob("*.png")} == set(NAMES.values())


def test_a_table_pairs_in_whichever_form_its_names_are(root: Path, llava: Path) -> None:
    names = [name for name in NAMES if not name.startswith("photo")]
    (root / "GT" / "photo.jpg.png").unlink()
    for form in ("NFC", "NFD"):
        write_captions(root / "Text/mine.csv", {unicodedata.normalize(form, name): "A cup." for name in names})
        assert reference.main(["--root", str(root), "--kind", "image", *CODEC]) == 0
        folder = ["--result_name", form, "--input_path", "mine", "--mode", "full"]
        assert t2i.main(["--root", str(root), "--model_name", "reference", *folder]) == 0


@pytest.mark.parametrize(
    "name", ["12:30.png", " lead.png", "tail .png", "a\\b.jpg", "caf\udce9.png", "n" * 240 + ".png", "a\nb.png"]
)
def test_bad_names_are_refused_by_every_step(
    space: Path, llava: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    COFFEE.save(space / "GT" / name)
    at = ["--root", str(space)]
    commands = [
        _caption(space, llava),
        reference.main(at),
        codec.main([*at, *CODEC]),
        t2i.main([*at, "--model_name", "reference", "--mode", "image"]),
        evaluate.main([*at, "--target", "reference", "--metrics", "psnr"]),
        pack.main([*at, "--input_path", "test", "--mode", "text"]),
    ]
    assert commands == [2] * len(commands)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == len(commands)
    assert all(repr(name) in line for line in said)
    assert sorted(path.name for path in space.iterdir() if path.name != "llava") == ["GT", "Text"]


def test_pictures_that_are_not_read_are_named(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (space / "GT" / "IMG_1.HEIC").write_bytes(b"rubbish")
    (space / "GT" / "gone.jpg").symlink_to("nowhere")
    assert reference.main(["--root", str(space)]) == 2
    said = capsys.readouterr().err
    for named in ("2 file(s)", "'IMG_1.HEIC'", "'gone.jpg'"):
        assert named in said
