from pathlib import Path

import pytest

from cmc.core.choice import Choice, read_choice
from cmc.core.errors import CMCError

KEYS = ["AIGI_MJ_1", "NSI_pgc_1", "SCI_game_1"]


def test_a_choice_takes_named_images_in_order_and_of_those_the_first() -> None:
    assert Choice().split(KEYS) == (KEYS, frozenset())
    assert Choice(2).split(KEYS) == (KEYS[:2], frozenset(KEYS[2:]))
    named = Choice(None, frozenset([KEYS[2], KEYS[0]]))
    assert named.split(KEYS) == ([KEYS[0], KEYS[2]], frozenset([KEYS[1]]))
    assert Choice(1, frozenset(KEYS[1:])).split(KEYS) == ([KEYS[1]], frozenset([KEYS[0], KEYS[2]]))


def test_a_named_image_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "images.txt"
    path.write_text("NSI_pgc_1.png\n\n  NSI_pgc_2.jpg \n", encoding="utf-8")
    choice = read_choice(path, None)
    assert choice.keys == {"NSI_pgc_1", "NSI_pgc_2"}
    with pytest.raises(CMCError, match=r"1 image\(s\) that are not there: NSI_pgc_2"):
        choice.split(KEYS)


def test_a_list_without_images_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "images.txt"
    path.write_text("\n \n", encoding="utf-8")
    with pytest.raises(CMCError, match="names no image"):
        read_choice(path, None)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CMCError):
        read_choice(path, None)
