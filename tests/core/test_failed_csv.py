from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.failed_csv import read_failures, write_failures


def test_reasons_are_kept_as_they_are(tmp_path: Path) -> None:
    failures = {"photo.jpg": 'it said "no", twice\nand left', "001": "NA"}
    write_failures(tmp_path / "failed.csv", failures)
    assert read_failures(tmp_path / "failed.csv") == dict(sorted(failures.items()))
    write_failures(tmp_path / "failed.csv", {})
    assert read_failures(tmp_path / "failed.csv") == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"name\na\n", "lacks the column reason"),
        (b"name,reason\na,b,c\n", "line 2"),
        (b"\xff\xfen", "UTF-16"),
    ],
)
def test_another_table_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "failed.csv").write_bytes(content)
    with pytest.raises(CMCError, match=rf"failed\.csv .*{why}.*; delete it"):
        read_failures(tmp_path / "failed.csv")
