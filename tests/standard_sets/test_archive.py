import zipfile
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.standard_sets import archive as archives
from cmc.standard_sets.archive import opened, pictures_of, unpack
from tests.standard_sets.tiny import NAMES, picture, pictures, save_zip


def unpacked(path: Path, folder: Path, most: int = 3) -> list[str]:
    with opened(path) as archive:
        return [file.name for file in unpack(archive, pictures_of(archive, most), folder)]


def test_pictures_lie_flat_and_what_is_none_is_left(tmp_path: Path) -> None:
    others = {"set/readme.txt": b"x", "__MACOSX/set/._a.png": b"x", "set/.hidden.png": b"x"}
    path = save_zip(tmp_path / "a.zip", pictures() | others)
    assert unpacked(path, tmp_path / "GT") == list(NAMES)
    assert sorted(file.name for file in (tmp_path / "GT").iterdir()) == list(NAMES)
    assert (tmp_path / "GT" / "b.png").read_bytes() == picture(1)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x.png", "leads out"),
        ("set/../../x.txt", "leads out"),
        ("/tmp/x.png", "leads out"),
        ("set\\x.png", "leads out"),
        ("C:/x.png", "leads out"),
        ("other/a.png", "is there twice"),
        ("set/ x.png", "begins or ends with a blank"),
    ],
)
def test_an_entry_that_is_no_part_of_a_set_is_named_and_nothing_is_unpacked(
    tmp_path: Path, name: str, reason: str
) -> None:
    path = save_zip(tmp_path / "a.zip", pictures() | {name: picture()})
    with pytest.raises(CMCError, match=rf"{reason}.*nothing was unpacked"):
        unpacked(path, tmp_path / "GT", 9)
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]


def test_links_and_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_zip(tmp_path / "link.zip", pictures() | {"set/z.png": b"/etc/passwd"}, link="set/z.png")
    with pytest.raises(CMCError, match="is a link"):
        unpacked(path, tmp_path / "GT", 9)
    with pytest.raises(CMCError, match="holds 3 pictures, expected 2"):
        unpacked(save_zip(tmp_path / "a.zip", pictures()), tmp_path / "GT", 2)
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    path = save_zip(tmp_path / "bomb.zip", {"a.png": bytes(1001)})
    with pytest.raises(CMCError, match="states 1,001 bytes, over 1,000"):
        unpacked(path, tmp_path / "GT")
    assert not (tmp_path / "GT").exists()


def test_an_entry_with_more_bytes_than_it_states_is_refused(tmp_path: Path) -> None:
    path = save_zip(tmp_path / "a.zip", {"a.png": bytes(5000)})
    data = path.read_bytes()
    lie = data.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lie.count((50).to_bytes(4, "little")) == 2
    path.write_bytes(lie)
    with pytest.raises(CMCError, match="no zip that can be read"):
        unpacked(path, tmp_path / "GT")
    assert not (tmp_path / "GT").exists()


def test_unpacking_goes_on_where_it_was_and_keeps_others_files(tmp_path: Path) -> None:
    path, folder = save_zip(tmp_path / "a.zip", pictures()), tmp_path / "GT"
    unpacked(path, folder)
    stamp = (folder / "a.png").stat().st_mtime_ns
    (folder / "c.png").unlink()
    assert unpacked(path, folder) == list(NAMES)
    assert (folder / "a.png").stat().st_mtime_ns == stamp
    (folder / "a.png").write_bytes(picture(9))
    (folder / "c.png").unlink()
    with pytest.raises(CMCError, match=r"other files of the same names: a\.png"):
        unpacked(path, folder)
    assert (folder / "a.png").read_bytes() == picture(9)


def test_what_is_no_zip_or_damaged_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"<html>sign in</html>")
    with pytest.raises(CMCError, match=r"a\.zip is no zip that can be read"):
        unpacked(tmp_path / "a.zip", tmp_path)
    path = save_zip(tmp_path / "b.zip", {"a.png": picture()})
    with zipfile.ZipFile(path) as whole:
        at = whole.infolist()[0].header_offset + 30 + len("a.png") + 20
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(CMCError, match="delete it, and fetch it anew"):
        unpacked(path, tmp_path / "GT")
