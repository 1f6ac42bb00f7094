import hashlib
from pathlib import Path

import pytest

from cmc.core.files import END, clean_temporary, fingerprint, sha256, write_atomic


def test_failed_write_keeps_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"old")
    with pytest.raises(TypeError):
        write_atomic(tmp_path / "a", "no bytes")  # type: ignore[arg-type]
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_clean_temporary_takes_only_what_a_kill_left(tmp_path: Path) -> None:
    for name in (".a.png.123.tmp", "a.png", ".keep"):
        (tmp_path / name).touch()
    clean_temporary(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".keep", "a.png"]


def test_sha256_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert sha256(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_a_fingerprint_tells_folders_apart_by_names_sizes_and_ends(tmp_path: Path) -> None:
    content = bytearray(3 * END)
    found = []
    for name, place in (("unet/a", None), ("unet/a", 0), ("unet/a", -1), ("unet/b", None), ("a", None)):
        folder = tmp_path / str(len(found))
        (folder / "unet").mkdir(parents=True)
        changed = content.copy()
        if place is not None:
            changed[place] = 1
        (folder / name).write_bytes(changed)
        (folder / ".cache").touch()
        found.append(fingerprint(folder))
    assert len(set(found)) == len(found)
    (tmp_path / "0" / ".cache").write_bytes(b"other")
    assert fingerprint(tmp_path / "0") == found[0]
