"""A plan as a TOML file: what holds for all at the head, and a table a subtype."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

from cmc.core.errors import CMCError, reason, some
from cmc.core.faults import kind_of
from cmc.curation.plan import Criteria, Group, count_of
from cmc.studies.toml import TOMLDecodeError, loads

Table = Mapping[str, object]
CRITERIA = tuple(entry.name for entry in fields(Criteria))
WHOLE, NUMBERS = (int,), (int, float)
TYPES: dict[str, tuple[type, ...]] = {
    **{"least": NUMBERS, "share": NUMBERS, "blocking": NUMBERS, "pick": (str,)},
    **{"least_side": WHOLE, "largest_side": WHOLE, "jpeg_quality": WHOLE, "count": WHOLE},
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
    count = _checked("count", entries["count"], where) if "count" in entries else count_of(name, {})
    assert isinstance(count, int)
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
    return replace(defaults, **{name: _checked(name, value, where) for name, value in entries.items()})


def _checked(name: str, value: object, where: str) -> int | float | str:
    kinds = TYPES[name]
    if not isinstance(value, kinds) or isinstance(value, bool) or (kinds is WHOLE and int(value) < 1):
        expected = {WHOLE: "a whole number from 1", NUMBERS: "a number"}.get(kinds, "a word")
        raise CMCError(f"{where}: {name}: expected {expected}, found {value!r}")
    return value
