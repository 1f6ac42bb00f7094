"""A plan file: what a study varies, in TOML, where every value may be a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.core.names import fault
from cmc.i2t.prompts import PROMPTS
from cmc.studies.toml import TOMLDecodeError, loads
from cmc.studies.values import Value, listed, nearest_unknown
from cmc.studies.views import VIEWS

# An encoder with this key alone is a caption table that is there already.
CAPTIONS = "captions"
Table = Mapping[str, object]


@dataclass(frozen=True)
class Plan:
    """What a plan file says. `encoders` and `decoders`: tables of flags of script-i2t.py and script-t2i.py; `codecs`:
    baselines, tables of `codec` and `qp`; `evaluate`: flags of script-evaluate.py; images: their names, or the file
    that lists them; None: each command's own default.
    """

    name: str
    encoders: tuple[Table, ...]
    decoders: tuple[Table, ...]
    codecs: tuple[Table, ...] = ()
    modes: tuple[str, ...] = tuple(MODES)
    explen: tuple[int | None, ...] = (None,)
    codec: tuple[str, ...] = ("vvc",)
    qp: tuple[int, ...] = (53,)
    strength: tuple[float | None, ...] = (None,)
    noise_level: tuple[float | None, ...] = (None,)
    seed: tuple[int, ...] = (42,)
    metrics: tuple[str, ...] = ("benchmark",)
    evaluate: Mapping[str, Value] = field(default_factory=dict)
    views: tuple[str, ...] = tuple(VIEWS)
    limit: int | None = None
    images: tuple[str, ...] | str | None = None
    ground_truth: str | None = None
    allow_partial: bool = False
    plugins: tuple[str, ...] = ()


def read_plan(path: Path) -> Plan:
    """A plan file; its name is the file's unless it says another. Raises CMCError for what is no plan."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CMCError(f"{path} is no UTF-8; save it as such") from error
    return parse_plan(text, str(path), path.stem)


def parse_plan(text: str, where: str, name: str) -> Plan:
    """A plan from TOML; `where` names it in errors (CMCError)."""
    try:
        document = loads(text)
    except TOMLDecodeError as error:
        raise CMCError(f"{where} is no TOML: {error}") from error
    try:
        return _plan(document, name)
    except CMCError as error:
        raise CMCError(f"{where}: {error}") from error


def _plan(document: Mapping[str, object], name: str) -> Plan:
    nearest_unknown(list(document), [*Plan.__dataclass_fields__, "device", "dtype"], "the plan")
    given = dict(document)
    shared: dict[str, object] = {key: given.pop(key) for key in ("device", "dtype") if key in given}
    fields: dict[str, object] = {"name": _name(given.pop("name", name))}
    fields["encoders"] = _models(given.pop("encoders", []), "encoders", shared)
    fields["decoders"] = _models(given.pop("decoders", []), "decoders", shared)
    fields["codecs"] = _tables(given.pop("codecs", []), "codecs")
    fields["evaluate"] = _evaluate(given.pop("evaluate", {}), shared)
    fields |= {key: _READERS[key](value, key) for key, value in given.items()}
    plan = Plan(**fields)  # type: ignore[arg-type]
    if not plan.decoders and not plan.codecs:
        raise CMCError("it names no decoders and no codecs, so there is nothing to decode")
    return plan


def _name(value: object) -> str:
    if not isinstance(value, str) or fault(value):
        raise CMCError(f"name: expected the name of a folder, found {value!r}")
    return value


def _tables(value: object, key: str) -> tuple[Table, ...]:
    tables = value if isinstance(value, list) else [value]
    for table in tables:
        if not isinstance(table, dict):
            raise CMCError(f"{key}: expected a table, or a list of them; found {table!r}")
    return tuple(tables)


def _models(value: object, key: str, shared: Table) -> tuple[Table, ...]:
    """Names, or tables of flags, as tables."""
    items = value if isinstance(value, list) else [value]
    tables = _tables([{"model_name": item} if isinstance(item, str) else item for item in items], key)
    for table in tables:
        if not isinstance(table.get("model_name", table.get(CAPTIONS)), str):
            raise CMCError(f"{key}: each needs a name, as model_name = 'real'")
    return tuple(table if CAPTIONS in table else {**shared, **table} for table in tables)


def _evaluate(value: object, shared: Table) -> dict[str, Value]:
    (table,) = _tables(value, "evaluate")
    # Scores are exact in fp32 alone: the plan's own dtype is its models'.
    flags = {"device": shared["device"], **table} if "device" in shared else dict(table)
    return {key: listed(flag, f"evaluate.{key}")[0] for key, flag in flags.items()}


def _texts(value: object, key: str) -> tuple[str, ...]:
    return tuple(map(str, listed(value, key, (str,))))


def _text(value: object, key: str) -> str:
    return str(_only(value, key, (str,)))


def _only(value: object, key: str, kinds: tuple[type, ...]) -> Value:
    values = listed(value, key, kinds)
    if len(values) > 1:
        raise CMCError(f"{key}: expected one value, found {len(values)}; make a plan of each")
    return values[0]


def _numbers(value: object, key: str) -> tuple[int, ...]:
    return tuple(int(number) for number in listed(value, key, (int,)))


def _real_numbers(value: object, key: str) -> tuple[float, ...]:
    return tuple(float(number) for number in listed(value, key, (int, float)))


def _images(value: object, key: str) -> str | tuple[str, ...]:
    return _texts(value, key) if isinstance(value, list) else _text(value, key)


def _limit(value: object, key: str) -> int:
    number = int(_only(value, key, (int,)))
    if number < 1:
        raise CMCError(f"{key}: expected a whole number from 1, found {number}")
    return number


def _flag(value: object, key: str) -> bool:
    return bool(_only(value, key, (bool,)))


def _among(known: tuple[object, ...], value: object, key: str) -> tuple[Value, ...]:
    values = listed(value, key)
    strays = [item for item in values if item not in known]
    if strays:
        raise CMCError(f"{key}: {strays[0]!r} is none of {', '.join(map(str, known))}")
    return tuple(item for item in values)


def _modes(value: object, key: str) -> tuple[Value, ...]:
    chosen = _among((*MODES, "all"), value, key)
    return tuple(mode for mode in MODES if mode in chosen or "all" in chosen)


def _explen(value: object, key: str) -> tuple[Value, ...]:
    return _among(tuple(PROMPTS), value, key)


def _views(value: object, key: str) -> tuple[Value, ...]:
    return () if value == [] else _among(tuple(VIEWS), value, key)


_READERS = {
    "modes": _modes,
    "explen": _explen,
    "codec": _texts,
    "qp": _numbers,
    "strength": _real_numbers,
    "noise_level": _real_numbers,
    "seed": _numbers,
    "metrics": _texts,
    "views": _views,
    "limit": _limit,
    "images": _images,
    "ground_truth": _text,
    "allow_partial": _flag,
    "plugins": _texts,
}
