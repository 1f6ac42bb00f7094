import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from cmc.core.choice import Choice
from cmc.core.errors import CMCError
from cmc.core.ground_truth import chosen_images, list_ground_truth
from tests.conftest import photo

COFFEE = photo("coffee.png").resize((30, 20))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    COFFEE.save(tmp_path / "b.png")
    return tmp_path


def test_what_is_no_picture_is_left_out(folder: Path) -> None:
    for name in (
        ".DS_Store",
        ".gitkeep",
        "Thumbs.db",
        "README",
        "notes.txt",
        "b.xmp",
        "b.png.json",
        "scores.csv",
        "clip.mp4",
    ):
        (folder / name).write_bytes(b"some text\0")
    (folder / "sub.png").mkdir()
    os.mkfifo(folder / "pipe")
    assert list(list_ground_truth(folder)) == ["b"]


@pytest.mark.parametrize("suffix", ["GIF", "avif", "jp2", "webp", "TIF", "ppm", "tga", "jfif", "bmp"])
def test_every_kind_that_pillow_reads_is_a_picture(folder: Path, suffix: str) -> None:
    COFFEE.save(folder / f"a.{suffix}", format="JPEG" if suffix == "jfif" else None)
    assert list(list_ground_truth(folder)) == ["a", "b"]


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _png(path: Path) -> None:
    COFFEE.save(path, format="PNG")


def _heic(path: Path) -> None:
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")


@pytest.mark.parametrize(
    ("name", "make", "why"),
    [
        ("a.heic", _heic, "not read"),
        ("a.SVG", lambda path: path.write_text("<svg/>"), "not read"),
        ("a", _png, "does not end as one"),
        ("a.png.bak", _png, "does not end as one"),
        ("IMG_0001", _heic, "does not end as one"),
        ("scan", lambda path: COFFEE.save(path, format="TIFF"), "does not end as one"),
        ("a.png", _dangling, "link to nothing"),
        ("a", _dangling, "link to nothing"),
        ("a.jpg", os.mkfifo, "no file"),
        ("a:b.png", _png, "colon"),
        ("a .png", _png, "blank"),
        ("a\nb.png", _png, "control"),
        ("caf\udce9.png", _png, "no UTF-8"),
        ("n" * 244 + ".png", _png, "244 bytes"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_line(
    folder: Path, name: str, make: Callable[[Path], object], why: str
) -> None:
    make(folder / name)
    with pytest.raises(CMCError, match=why) as stop:
        chosen_images(folder, Choice(1))
    assert f"{name!r}: " in str(stop.value)
    assert str(stop.value).isprintable()


def test_a_folder_of_nothing_else_says_so_too(tmp_path: Path) -> None:
    _heic(tmp_path / "a.heic")
    with pytest.raises(CMCError, match=r"'a\.heic'"):
        list_ground_truth(tmp_path)


def test_two_forms_of_one_name_are_told_apart_in_the_message(folder: Path) -> None:
    for form in ("NFC", "NFD"):
        COFFEE.save(folder / (unicodedata.normalize(form, "señor") + ".png"))
    with pytest.raises(CMCError, match="share one name, once composed and once decomposed"):
        list_ground_truth(folder)
