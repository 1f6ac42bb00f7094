from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.standard_sets.checks import check_set
from tests.standard_sets.tiny import NAMES, picture, tiny_set

FOLDERS = ("GT", "Ref/image")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
        for name in NAMES:
            (tmp_path / folder / name).write_bytes(picture())
    return tmp_path


def test_a_whole_set_is_counted_by_folder(root: Path) -> None:
    (root / "Ref/image/a.png").write_bytes(picture(size=(4, 2)))  # sizes are the ground truths'
    assert check_set(tiny_set(), root, {*FOLDERS, "Weight"}) == {"GT": 3, "Ref/image": 3}


def test_too_few_too_many_and_others_are_refused(root: Path) -> None:
    (root / "GT" / "d.png").write_bytes(picture())
    with pytest.raises(CMCError, match="GT holds 4 pictures, expected 3; name another --to"):
        check_set(tiny_set(), root, FOLDERS)
    (root / "GT" / "a.png").unlink()
    with pytest.raises(CMCError, match=r"1 image\(s\) have no picture in .*Ref/image: d"):
        check_set(tiny_set(), root, FOLDERS)


def test_unreadable_pictures_and_other_sizes_are_named(root: Path) -> None:
    (root / "GT" / "a.png").write_bytes(picture()[:60])
    (root / "GT" / "b.png").write_bytes(picture(size=(8, 8)))
    with pytest.raises(CMCError) as caught:
        check_set(tiny_set(), root, FOLDERS)
    assert "2 picture(s)" in str(caught.value)
    assert "a.png is damaged" in str(caught.value)
    assert "b.png is 8x8, expected 16x8" in str(caught.value)
