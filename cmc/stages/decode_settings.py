"""What a run of step 2 asks of its decoder, checked before anything is loaded."""

import argparse
from collections.abc import Iterable
from typing import Any

from cmc.core.errors import CMCError
from cmc.core.modes import MODES, Mode
from cmc.registry import T2I, Entry

# The family of a checkpoint that has no name of its own.
UNNAMED = "sdxl"


def known_options() -> dict[str, tuple[type, str]]:
    """(type, help) of what the models' factories take beside a checkpoint; models that share a name share its flag."""
    stated = (T2I.get(name).facts.get("options", {}) for name in T2I.names())
    return {option: facts for options in stated for option, facts in options.items()}


def find_entry(name: str, model_dir: str) -> Entry:
    """The model of a name; with a checkpoint of any other name, one of the default family."""
    if name not in T2I and model_dir:
        family = T2I.get(UNNAMED)
        return Entry(name, family.factory, family.needs, family.facts | {"licence": "its own"})
    return T2I.get(name)


def able_modes(asked: str, entry: Entry) -> list[Mode]:
    """The modes asked for that the model has. Raises CMCError for one that it lacks."""
    able = entry.facts["modes"]
    if asked != "all" and asked not in able:
        raise CMCError(f"{entry.name} has no {asked} mode; it has {', '.join(mode for mode in MODES if mode in able)}")
    return [mode for mode in MODES.values() if mode.name in able and asked in ("all", mode.name)]


def own_options(args: argparse.Namespace, entry: Entry) -> dict[str, Any]:
    """The options given. Raises CMCError for one that is another model's."""
    given = {name: value for name in known_options() if (value := getattr(args, name)) is not None}
    own = entry.facts.get("options", {})
    strays = sorted(given.keys() - own.keys())
    if strays:
        has = f"it has {', '.join(f'--{name}' for name in own)}" if own else "it has none of its own"
        raise CMCError(f"--{strays[0]} is no option of {entry.name}, {has}; leave it out")
    return given


def check_sampling(args: argparse.Namespace, entry: Entry, modes: Iterable[Mode]) -> None:
    """Raises CMCError for a strength, size or number of steps that no picture can be painted with."""
    if args.strength is not None and "no_strength" in entry.facts:
        raise CMCError(f"--strength: {entry.facts['no_strength']}; leave the flag out")
    if args.strength is not None and not 0 < args.strength <= 1:
        raise CMCError(f"--strength {args.strength}: expected a number over 0 and up to 1")
    if args.strength is not None and args.mode == "text" and args.strength != 1:
        raise CMCError("--strength: text mode starts from noise alone, so its strength is 1; leave the flag out")
    if args.max_side is not None and args.max_side < 8:
        raise CMCError(f"--max_side {args.max_side}: expected 8 or more")
    for mode in modes:
        strength = strength_of(args, entry, mode)
        if int(args.steps * strength) < 1:
            raise CMCError(f"--steps {args.steps} at strength {strength} leaves no step to run; raise one")


def strength_of(args: argparse.Namespace, entry: Entry, mode: Mode) -> float:
    """The denoising strength of a mode, in (0, 1]."""
    if "no_strength" in entry.facts:
        return 1.0
    return mode.strength if args.strength is None or mode.reference is None else args.strength
