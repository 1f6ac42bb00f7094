import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.standard_sets.facts import SetFile
from cmc.standard_sets.fetch import wanted
from cmc.standard_sets.table import SETS
from tests.standard_sets.tiny import NAMES, picture, pictures, save_source, save_zip, tiny_set


def test_zips_fill_their_folders_and_other_files_are_copied(tmp_path: Path) -> None:
    source = save_source(tmp_path / "source")
    files = wanted(tiny_set(), [str(source)], tmp_path)
    assert [entry.is_there(tmp_path, 3) for entry in files] == [False] * 3
    placed = [path.relative_to(tmp_path).as_posix() for entry in files for path in entry.place(tmp_path)]
    assert placed == [f"{folder}/{name}" for folder in ("GT", "Ref/image") for name in NAMES] + ["Weight/fr.pth"]
    assert (tmp_path / "Weight" / "fr.pth").read_bytes() == b"weights"
    assert [entry.is_there(tmp_path, 3) for entry in files] == [True] * 3
    (tmp_path / "GT" / "a.png").unlink()
    assert not files[0].is_there(tmp_path, 3)


def test_a_user_may_name_several_zips_or_a_folder_of_pictures(tmp_path: Path) -> None:
    unknown = tiny_set(files=())
    every = pictures()
    first = save_zip(tmp_path / "first.zip", dict(list(every.items())[:2]))
    second = save_zip(tmp_path / "second.zip", dict(list(every.items())[2:]))
    for entry in wanted(unknown, [str(first), str(second)], tmp_path):
        list(entry.place(tmp_path))
    assert sorted(path.name for path in (tmp_path / "GT").iterdir()) == list(NAMES)
    files = wanted(unknown, [str(tmp_path / "GT")], tmp_path)
    assert [entry.file for entry in files] == [SetFile(name=name) for name in NAMES]
    assert next(files[1].place(tmp_path / "copy")).read_bytes() == picture(1)


def test_where_no_address_is_known_the_user_names_it(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"no address that lasts is known of CLIC 2020.*--source"):
        wanted(SETS["clic2020"], [], tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CMCError, match="expected zips, or a folder of pictures"):
        wanted(SETS["clic2020"], [str(tmp_path / "empty")], tmp_path)


def test_a_checksum_that_is_stated_is_held_to(tmp_path: Path) -> None:
    source = save_source(tmp_path / "source")
    stated = SetFile(name="fr.pth", folder="Weight", sha256=hashlib.sha256(b"weights").hexdigest())
    (entry,) = wanted(tiny_set(files=(stated,)), [str(source)], tmp_path)
    assert list(entry.place(tmp_path)) == [tmp_path / "Weight" / "fr.pth"]
    (other,) = wanted(tiny_set(files=(replace(stated, sha256="0" * 64),)), [str(source)], tmp_path)
    with pytest.raises(CMCError, match=f"expected {'0' * 64}; delete it"):
        list(other.place(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()
