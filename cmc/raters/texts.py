"""The words of the rating page, in every language, from one file that a study may have its own of."""

import re
from collections.abc import Mapping
from pathlib import Path

from cmc.core.errors import CMCError, reason, some
from cmc.studies.toml import TOMLDecodeError, loads

PACKAGED = Path(__file__).parent / "page" / "texts.toml"
_BLANK = re.compile(r"\{(\w+)\}")

# Texts by name, by language.
Texts = Mapping[str, Mapping[str, str]]


def read_texts(path: Path) -> Texts:
    """The texts of a file. Raises CMCError unless each language has every text of the packaged file, with the same
    blanks to be filled in (`{count}`)."""
    expected, found = _parse(PACKAGED)["en"], _parse(path)
    for language, texts in found.items():
        absent = [name for name in expected if not isinstance(texts, dict) or not isinstance(texts.get(name), str)]
        if absent:
            raise CMCError(f"{path}: [{language}] lacks {some(absent)}; take them from {PACKAGED}")
        wrong = [name for name, text in expected.items() if not _blanks(texts[name]) <= _blanks(text)]
        if wrong:
            raise CMCError(f"{path}: [{language}] has blanks in {some(wrong)} that nothing fills; leave them out")
    if not found:
        raise CMCError(f"{path} holds no language; take it from {PACKAGED}")
    return found


def _parse(path: Path) -> Texts:
    try:
        return loads(path.read_text(encoding="utf-8"))
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise CMCError(f"{path} is no TOML: {reason(error)}") from error


def _blanks(text: str) -> set[str]:
    return set(_BLANK.findall(text))
