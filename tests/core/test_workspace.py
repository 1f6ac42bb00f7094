from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.workspace import check_pairs, checked_name, content_type, key_of, list_images


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NSI_pgc_002.png", ("NSI", "pgc")),
        ("AIGI_DALLE3_000.png", ("AIGI", "DALLE3")),
        ("SCI_screen_9.jpg", ("SCI", "screen")),
        ("NSI.png", ("NSI", "other")),
        ("NSIX_pgc_1.png", ("other", "other")),
        ("holiday.jpg", ("other", "other")),
    ],
)
def test_content_type(name: str, expected: tuple[str, str]) -> None:
    assert content_type(name) == expected


def test_key_drops_only_image_suffixes() -> None:
    assert key_of("a.b.png") == "a.b"
    assert key_of("shot v1.2") == "shot v1.2"


@pytest.mark.parametrize("name", ["../../x.png", "/etc/x", "a/b.png", "a\\b.png", "", ".", "..", ".x.png", "C:x", " a"])
def test_names_cannot_leave_their_folder(name: str) -> None:
    with pytest.raises(CMCError, match="plain file name"):
        checked_name(name)


def test_list_images_sorts_and_ignores_what_is_no_image(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert list(list_images(tmp_path)) == ["a", "b"]


def test_list_images_refuses_empty_missing_and_ambiguous(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match="no folder"):
        list_images(tmp_path / "none")
    with pytest.raises(CMCError, match="no image in"):
        list_images(tmp_path)
    for name in ("a.png", "a.jpg"):
        (tmp_path / name).touch()
    with pytest.raises(CMCError, match=r"a\.jpg and a\.png"):
        list_images(tmp_path)


def test_check_pairs_names_missing_and_extra_unless_told() -> None:
    assert check_pairs("caption", ["a", "b"], ["b", "a"], partial=False) == ["a", "b"]
    with pytest.raises(CMCError, match=r"1 image\(s\) have no caption: b; 1 caption without an image in GT: z"):
        check_pairs("caption", ["a", "b"], ["a", "z"], partial=False)
    assert check_pairs("caption", ["a", "b"], ["a", "z"], partial=True) == ["a"]
    with pytest.raises(CMCError, match="no caption matches"):
        check_pairs("caption", ["a"], ["z"], partial=True)
