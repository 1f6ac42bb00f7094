"""The caption table: `Text/<encoder>.csv` with an index, `name` and `text`."""

from collections.abc import Mapping
from pathlib import Path

from cmc.core.errors import CMCError, some
from cmc.core.tables import write_csv
from cmc.core.workspace import checked_name, key_of


def read_captions(path: Path, by_name: bool = False) -> dict[str, str]:
    """Captions by image key (or by the name as written, if `by_name`), sorted; an empty text is kept as "".

    UTF-8 with or without a BOM, with or without an index column, columns in any order. Raises CMCError for a
    missing file or column, a name twice, or a name that could leave its folder.
    """
    import pandas as pd

    if not path.is_file():
        raise CMCError(f"no caption file {path}; run script-i2t.py first, or name one with --input_path")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CMCError(f"{path} is not a UTF-8 CSV ({error}); save it as one with columns name,text") from error
    absent = [column for column in ("name", "text") if column not in table.columns]
    if absent:
        raise CMCError(f"{path} lacks the column {' and '.join(absent)}; it has {', '.join(table.columns)}")
    names = [checked_name(name) for name in table["name"]]
    keys = [key_of(name) for name in names]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise CMCError(f"{path} names an image twice: {some(twice)}; keep one caption of each")
    pairs = zip(names if by_name else keys, (str(text).strip() for text in table["text"]), strict=True)
    return dict(sorted(pairs))


def write_captions(path: Path, captions: Mapping[str, str]) -> None:
    """Write captions by file name as an indexed UTF-8 CSV, sorted by name, whole or not at all."""
    write_csv(path, ("", "name", "text"), ((index, *row) for index, row in enumerate(sorted(captions.items()))))
