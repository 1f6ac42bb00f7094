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
    missing = [column for column in ("name", "text") if column not in table.columns]
    if missing:
        raise CMCError(f"{path} lacks the column {' and '.join(missing)}; it has {', '.join(table.columns)}")
    names = [checked_name(name) for name in table["name"]]
    keys = [key_of(name) for name in names]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise CMCError(f"{path} names an image twice: {some(repeated)}; keep one caption of each")
    texts = [str(text).strip() for text in table["text"]]
    captions = dict(zip(names if by_name else keys, texts, strict=True))
    return dict(sorted(captions.items()))


def write_captions(path: Path, captions: Mapping[str, str]) -> None:
    """Write captions by file name as an indexed UTF-8 CSV, sorted by name, whole or not at all."""
    rows = [(index, name, text) for index, (name, text) in enumerate(sorted(captions.items()))]
    write_csv(path, ("", "name", "text"), rows)
