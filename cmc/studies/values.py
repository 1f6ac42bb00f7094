"""Values of a plan: one or a list of them, checked, and how they stand on a command line and in a name."""

import re
from collections.abc import Mapping, Sequence
from itertools import product

from cmc.core.errors import CMCError
from cmc.core.origin import text_digest

# TOML's scalars.
Value = str | int | float | bool
# What stands in names instead of a flag's whole name; "": its value says enough.
SHORT = {"batch_size": "batch", "dtype": "", "guidance_scale": "g", "max_side": "side", "prompt": ""}
# Texts that can stand in names; of others, as prompts, the first words and a digest that tells them apart.
_NAME = re.compile(r"[\w.+-]+")
_WORDS, _CHARACTERS, _DIGITS = 5, 32, 6


def listed(value: object, key: str, kinds: tuple[type, ...] = (str, int, float, bool)) -> list[Value]:
    """A value, or a list of them, as a list without repeats. Raises CMCError for an empty list and other kinds."""
    values = value if isinstance(value, list) else [value]
    for item in values:
        if not isinstance(item, kinds) or (isinstance(item, bool) and bool not in kinds):
            expected = " or ".join(kind.__name__ for kind in kinds)
            raise CMCError(f"{key}: expected {expected}, or a list of them; found {item!r}")
    if not values:
        raise CMCError(f"{key}: the list is empty; leave it out, or name what it shall vary")
    return list(dict.fromkeys(values))


def text_of(value: Value) -> str:
    """A value as typed on a command line: the shortest digits that mean it."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def flags_of(options: Mapping[str, Value]) -> tuple[str, ...]:
    """Options by name as words of a command line; true is the bare flag, false none."""
    words: list[str] = []
    for name, value in options.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not False:
            words += [f"--{name}", text_of(value)]
    return tuple(words)


def combinations(table: Mapping[str, object], where: str) -> list[tuple[dict[str, Value], str]]:
    """Every combination of a table's lists: (values by key, what its name adds).

    A key with a list varies and stands in names, also a list of one; a single value belongs to the model and does not.
    """
    keys = list(table)
    choices = [listed(table[key], f"{where}.{key}") for key in keys]
    varied = {key for key in keys if isinstance(table[key], list)}
    combined = []
    for values in product(*choices):
        chosen = dict(zip(keys, values, strict=True))
        combined.append((chosen, "".join(_part(key, chosen[key]) for key in keys if key in varied)))
    return combined


def _part(key: str, value: Value) -> str:
    if isinstance(value, bool):
        return f"-{key}" if value else ""
    return f"-{SHORT.get(key, key)}{_named(value)}"


def _named(value: Value) -> str:
    text = text_of(value)
    if not isinstance(value, str) or _NAME.fullmatch(text):
        return text
    words = "-".join(re.findall(r"\w+", text)[:_WORDS])
    return f"{words[:_CHARACTERS]}-{text_digest(text)[:_DIGITS]}"


def nearest_unknown(keys: Sequence[str], known: Sequence[str], where: str) -> None:
    """Raises CMCError for the first key that is not known, with the nearest that is."""
    import difflib

    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CMCError(f"{where}: unknown key {key!r}.{hint} Known: {', '.join(known)}")
