import unicodedata
from pathlib import Path

import pytest

from cmc.core.names import MAX_BYTES, existing, fault

NFD = unicodedata.normalize("NFD", "été")


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("12:30", "colon"),
        ("a\\b", "backslash"),
        ("../a", "dot"),
        ("/etc/a", "slash"),
        ("", "empty"),
        (".a", "dot"),
        ("two\nlines", "control"),
        ("a\tb", "control"),
        ("a\x7f", "control"),
        ("a\x85b", "control"),
        ("a\u2028b", "end of a line"),
        (" a", "blank"),
        ("a ", "blank"),
        ("a\u00a0", "blank"),
        ("\u3000a", "blank"),
        ("caf\udce9", "no UTF-8"),
        ("n" * (MAX_BYTES + 1), f"{MAX_BYTES + 1} bytes"),
        ("猫" * 51, "153 bytes"),
    ],
)
def test_what_a_late_stage_would_trip_over_has_a_fault(key: str, why: str) -> None:
    assert why in fault(key)


@pytest.mark.parametrize(
    "key",
    [
        "photo.jpg",
        "a b",
        "100%",
        "%03d",
        "-dash",
        'q"uo,te',
        "trail.",
        "猫" * 50,
        "👨\u200d👩",
        "\u05d0\u200f",
        NFD,
        "..".join("ab"),
    ],
)
def test_unusual_names_have_none(key: str) -> None:
    assert fault(key) == ""


def test_a_limit_leaves_room_for_suffixes_and_temporary_names() -> None:
    # A host of 64 characters, a process of 7 digits, a thread of 15, dots, and a suffix of 10.
    assert MAX_BYTES + 10 + len(".") + 65 + 8 + 16 + len(".tmp") <= 255


def test_a_file_is_found_by_its_name_in_the_other_form(tmp_path: Path) -> None:
    (tmp_path / f"{NFD}.png").touch()
    assert existing(tmp_path / "été.png") == tmp_path / f"{NFD}.png"
    (tmp_path / "été.png").touch()
    assert existing(tmp_path / "été.png") == tmp_path / "été.png"
    assert existing(tmp_path / "none.png") == tmp_path / "none.png"
