import hashlib
import os
import sqlite3
from pathlib import Path

import pytest
from PIL import Image

from cmc.core.digests import FileDigests, read_ahead
from cmc.core.errors import ImageError
from cmc.core.images import save_png
from cmc.core.known_files import BYTES, HEADER, PIXELS, SETTLED_NS
from cmc.core.origin import Origin
from tests.conftest import photo


def _age(path: Path) -> None:
    """Let a file look as if it had been written long ago."""
    old = path.stat().st_mtime_ns - 2 * SETTLED_NS
    os.utime(path, ns=(old, old))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    photo("coffee.png").resize((20, 10)).save(path)
    _age(path)
    return path


def test_digests_are_those_of_content_and_of_pixels(tmp_path: Path, picture: Path) -> None:
    digests = FileDigests(tmp_path / "d.sqlite")
    assert digests.of_file(picture) == hashlib.sha256(picture.read_bytes()).hexdigest()[:32]
    repacked = tmp_path / "b.png"
    Image.open(picture).save(repacked, compress_level=0)
    assert digests.of_file(repacked) != digests.of_file(picture)
    assert digests.of_pixels(repacked) == digests.of_pixels(picture)
    # The same bytes in another shape are another picture.
    Image.frombytes("RGB", (10, 20), Image.open(picture).tobytes()).save(repacked)
    assert FileDigests(tmp_path / "e.sqlite").of_pixels(repacked) != digests.of_pixels(picture)


def test_a_file_is_read_once_and_again_when_it_changed(tmp_path: Path, picture: Path) -> None:
    first = FileDigests(tmp_path / "d.sqlite").of_file(picture)
    content = picture.read_bytes()
    stamp = picture.stat()
    # Of the same size and time, in the same place: what is remembered is taken, so the file was not read.
    with open(picture, "r+b") as file:
        file.write(b"?" * len(content))
    os.utime(picture, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert FileDigests(tmp_path / "d.sqlite").of_file(picture) == first
    # Another inode, time or size is another file.
    replaced = tmp_path / "new"
    replaced.write_bytes(b"!" * len(content))
    os.utime(replaced, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    os.replace(replaced, picture)
    assert FileDigests(tmp_path / "d.sqlite").of_file(picture) == hashlib.sha256(b"!" * len(content)).hexdigest()[:32]


def test_a_file_of_this_moment_is_not_remembered_for_later(tmp_path: Path) -> None:
    path = tmp_path / "young"
    path.write_bytes(b"one")
    digests = FileDigests(tmp_path / "d.sqlite")
    first = digests.of_file(path)
    assert digests.knows(path, BYTES)
    stamp = path.stat()
    with open(path, "r+b") as file:
        file.write(b"two")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    later = FileDigests(tmp_path / "d.sqlite")
    assert not later.knows(path, BYTES)
    assert later.of_file(path) != first


def test_what_a_picture_says_is_remembered_and_forgotten_with_the_file(tmp_path: Path) -> None:
    path, said = tmp_path / "made.png", Origin(settings="s", gt="g", caption=None)
    save_png(path, photo("coffee.png").resize((20, 10)), said)
    _age(path)
    digests = FileDigests(tmp_path / "d.sqlite")
    assert (digests.size(path), digests.origin(path)) == ((20, 10), said)
    later = FileDigests(tmp_path / "d.sqlite")
    stamp = path.stat()
    path.write_bytes(b"?" * stamp.st_size)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    # Not read again: so it is taken for the picture that it was.
    assert later.knows(path, HEADER)
    assert (later.size(path), later.origin(path)) == ((20, 10), said)
    save_png(path, photo("coffee.png").resize((10, 20)), None)
    assert (later.size(path), later.origin(path)) == ((10, 20), None)


def test_of_what_is_no_picture_nothing_is_remembered(tmp_path: Path) -> None:
    bad, gone = tmp_path / "bad.png", tmp_path / "gone.png"
    bad.write_bytes(b"rubbish")
    _age(bad)
    digests = FileDigests(tmp_path / "d.sqlite")
    for path in (bad, gone):
        assert digests.origin(path) is None
        assert not digests.knows(path, HEADER)
        with pytest.raises(ImageError, match=path.name):
            digests.size(path)


def test_files_are_the_same_by_any_name_of_their_folder(tmp_path: Path, picture: Path) -> None:
    digests = FileDigests(tmp_path / "d.sqlite")
    digests.of_file(picture)
    (tmp_path / "x").mkdir()
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    for folder in (tmp_path / "link", tmp_path / "." / "x" / "..", Path(os.path.relpath(tmp_path))):
        assert FileDigests(tmp_path / "d.sqlite").knows(folder / picture.name, BYTES)
        assert digests.knows(folder / picture.name, BYTES)


def test_what_was_kept_in_an_earlier_form_is_let_go(tmp_path: Path, picture: Path) -> None:
    with sqlite3.connect(tmp_path / "d.sqlite") as other:
        other.execute("CREATE TABLE digests (path TEXT)")
    digests = FileDigests(tmp_path / "d.sqlite")
    digests.of_file(picture)
    assert FileDigests(tmp_path / "d.sqlite").knows(picture, BYTES)
    with sqlite3.connect(tmp_path / "d.sqlite") as other:
        assert [name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'")] == ["files"]


def test_bytes_and_pixels_are_kept_apart(tmp_path: Path, picture: Path) -> None:
    digests = FileDigests(tmp_path / "d.sqlite")
    digests.of_file(picture)
    assert (digests.knows(picture, BYTES), digests.knows(picture, PIXELS)) == (True, False)
    assert not digests.knows(tmp_path / "gone", BYTES)


@pytest.mark.parametrize("place", ["no/such/folder/d.sqlite", "rubbish"])
def test_without_a_place_to_keep_them_digests_are_computed(tmp_path: Path, picture: Path, place: str) -> None:
    (tmp_path / "rubbish").write_bytes(b"no database, and longer than its header would be " * 99)
    assert FileDigests(tmp_path / place).of_file(picture) == FileDigests(tmp_path / "d.sqlite").of_file(picture)


def test_a_database_that_breaks_meanwhile_costs_time_alone(tmp_path: Path, picture: Path) -> None:
    digests = FileDigests(tmp_path / "d.sqlite")
    assert not digests.knows(picture, BYTES)
    with sqlite3.connect(tmp_path / "d.sqlite") as other:
        other.execute("DROP TABLE files")
    assert digests.of_file(picture) == hashlib.sha256(picture.read_bytes()).hexdigest()[:32]


def test_files_that_cannot_be_read_have_no_digest(tmp_path: Path, picture: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"rubbish")
    digests = FileDigests(tmp_path / "d.sqlite")
    found = dict(read_ahead([picture, bad, tmp_path / "gone"], digests.of_pixels))
    assert [digests.of_picture(path) for path in (picture, bad)] == [digests.of_pixels(picture), None]
    assert found == {picture: digests.of_pixels(picture), bad: None, tmp_path / "gone": None}
