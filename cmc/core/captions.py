"""The caption table: `Text/<encoder>.csv` with an index, `name` and `text`."""

from collections.abc import Mapping
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.tables import read_csv, write_csv
from cmc.core.workspace import key_of, name_in


def read_captions(path: Path, by_name: bool = False) -> dict[str, str]:
    """Captions by image key (or by the name as written, if `by_name`), sorted; an empty text is kept as "".

    With or without an index column, columns in any order; blanks around a text are taken away. Raises CMCError as
    `read_csv`, for a missing file, a name twice, and a name that no image can have.
    """
    if not path.is_file():
        raise CMCError(f"no caption file {path}; run script-i2t.py first, or name one with --input_path")
    # What an encoder has written so far may be nothing.
    records = read_csv(path, ("name", "text"), may_be_empty=by_name)
    captions: dict[str, str] = {}
    lines: dict[str, int] = {}  # of each key, to tell of a second one
    for record in records:
        name = name_in(record)
        key = key_of(name)
        if key in lines:
            raise CMCError(f"{path} names an image twice: {key} in lines {lines[key]} and {record.line}; keep one")
        lines[key] = record.line
        captions[name if by_name else key] = record["text"].strip()
    return dict(sorted(captions.items()))


def write_captions(path: Path, captions: Mapping[str, str]) -> None:
    """Write captions by file name as an indexed UTF-8 CSV, sorted by name, whole or not at all."""
    rows = [(index, name, text) for index, (name, text) in enumerate(sorted(captions.items()))]
    write_csv(path, ("", "name", "text"), rows)
