import os
from pathlib import Path

import pytest

from cmc.core.errors import lines, reason, some


def test_a_list_is_one_a_line_and_says_how_many_it_leaves_out() -> None:
    assert lines(range(7), most=5) == "\n  0\n  1\n  2\n  3\n  4\n  and 2 more"
    assert lines(["a", "b"], most=5, indent="    ") == "\n    a\n    b"
    assert lines(["alone"]) == " alone"
    assert some("abcdefg", 5) == "a, b, c, d, e and 2 more"


def test_an_error_of_the_system_does_not_repeat_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path)) as caught:
        os.open(tmp_path / "absent", os.O_RDONLY)
    assert reason(caught.value) == "No such file or directory"


def test_a_reason_is_one_printable_line() -> None:
    assert reason("\n\x1b[31mred\x1b[0m\nmore") == "red"
    assert reason(ValueError()) == "ValueError"
    assert reason("word " * 99, 20).endswith("...")
