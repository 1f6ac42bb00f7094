"""A plan as a TOML file: what holds for all at the head, and a table a subtype."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError, reason, some
from cmc.core.faults import kind_of
from cmc.curation.plan import Criteria, Group, count_of
from cmc.studies.toml import TOMLDecodeError, loads

Table = Mapping[str, object]
Value = int | float | str
CRITERIA = tuple(entry.name for entry in fields(Criteria))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("a whole number from 1")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError("a number")
    return value


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a word")
    return value


# Each raises ValueError with what was expected.
READERS: dict[str, Callable[[object], Value]] = {
    **dict.fromkeys(("least", "share", "blocking"), _number),
    **dict.fromkeys(("least_side", "largest_side", "jpeg_quality", "count"), _whole),
    "pick": _word,
}


def read_plan(path: Path, defaults: Criteria) -> list[Group]:
    """The groups of a plan; folders are seen from the plan's own. `defaults`: criteria that it says nothing of.

        least_side = 512
        [NSI.ugc]
        from = ["coco/train", "coco/val"]
        share = 0.5

    Raises CMCError, naming the entry, for what is no such file.
    """
    try:
        document = loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TOMLDecodeError) as error:
        raise CMCError(f"{path} is no plan in TOML ({reason(error)})") from error
    kinds = {name: value for name, value in document.items() if isinstance(value, Mapping)}
    common = _criteria({name: value for name, value in document.items() if name not in kinds}, defaults, str(path))
    return [
        _group(f"{kind}/{subtype}", entries, common, path)
        for kind, subtypes in kinds.items()
        for subtype, entries in subtypes.items()
    ]


def _group(name: str, entries: object, common: Criteria, path: Path) -> Group:
    where = f"{path}, [{name.replace('/', '.')}]"
    if not isinstance(entries, Mapping):
        raise CMCError(f"{where}: expected a table of a subtype, found {kind_of(entries)}")
    rest = {key: value for key, value in entries.items() if key not in ("from", "count")}
    count = int(_read("count", entries["count"], where)) if "count" in entries else count_of(name, {})
    return Group(name, _folders(entries.get("from"), path, where), count, _criteria(rest, common, where))


def _folders(value: object, path: Path, where: str) -> list[Path]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise CMCError(f'{where}: expected from = "folder", or several in a list; found {value!r}')
    return [path.parent / name for name in names]


def _criteria(entries: Table, defaults: Criteria, where: str) -> Criteria:
    unknown = [name for name in entries if name not in CRITERIA]
    if unknown:
        raise CMCError(f"{where} has an unknown entry {some(unknown)}; known: {', '.join(CRITERIA)}, from, count")
    given: dict[str, Any] = {name: _read(name, value, where) for name, value in entries.items()}
    return replace(defaults, **given)


def _read(name: str, value: object, where: str) -> Value:
    try:
        return READERS[name](value)
    except ValueError as error:
        raise CMCError(f"{where}: {name}: expected {error}, found {value!r}") from error
