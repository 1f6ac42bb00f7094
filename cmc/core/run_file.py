"""`run.json`: what a result folder was made with, and the refusal to mix two settings in one."""

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cmc import __version__
from cmc.core.errors import CMCError
from cmc.core.files import clean_temporary, write_json
from cmc.core.origin import without

Document = dict[str, Any]  # JSON: an object by key
# What outputs depend on: `settings`, as asked for, and what was `loaded`.
Sections = Mapping[str, Mapping[str, object]]

PACKAGES = ("torch", "torchvision", "diffusers", "transformers", "pyiqa", "timm", "numpy", "pillow")


def environment(**extra: object) -> Document:
    """Package and machine versions; recorded, but no reason to refuse a folder."""
    return {"cmc": __version__, "python": platform.python_version(), **_versions(), **extra}


def _versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def check(path: Path, sections: Sections, outputs: Sequence[Path], *, overwrite: bool, remedy: str) -> None:
    """Raise CMCError where `claim` would refuse, before anything is loaded or written.

    What was loaded is not known yet: another path to the checkpoint may hold the same weights.
    """
    if overwrite or not outputs:
        return
    if not path.is_file():
        raise CMCError(f"{outputs[0]} was not made here; move it away, or start anew with --overwrite {remedy}")
    document = read_run(path)
    if _revision(document) and "loaded" not in sections:
        document, sections = without(document, "checkpoint"), without(sections, "checkpoint")
    changes = _changes(document, sections)
    if changes:
        raise CMCError(f"{path} was made with other settings ({changes}); start anew with --overwrite {remedy}")


def claim(path: Path, sections: Sections, outputs: Sequence[Path], *, overwrite: bool, remedy: str) -> None:
    """Claim the run file `path` of a folder for settings by section, or refuse to mix two of them.

    `outputs`: what lies there already. Without any, other settings may take over; with `overwrite`, outputs of other
    settings, or of unknown ones, are removed. The same weights by another path are the same settings. Raises CMCError
    with the values that differ; `remedy` ends that message ("or another --result_name").
    """
    clean_temporary(path.parent)
    check(path, sections, outputs, overwrite=overwrite, remedy=remedy)
    document = read_run(path)
    foreign = bool(outputs) and not path.is_file()
    changed = bool(_changes(document, sections))
    if foreign or changed:
        for output in outputs:
            output.unlink(missing_ok=True)
    if changed or not path.is_file():
        write_json(path, {**sections, "environment": environment()})


def _changes(document: Document, sections: Sections) -> str:
    """`steps: 20 there, 40 now; …` of the sections that stand in a run file; empty for the same settings."""
    current = json.loads(json.dumps(sections))
    recorded = {name: document.get(name) for name in sections}
    if _revision(recorded) and _revision(recorded) == _revision(current):
        recorded, current = without(recorded, "checkpoint"), without(current, "checkpoint")
    changes = []
    for name, now in current.items():
        there = recorded.get(name)
        if there is None:
            changes.append(f"{name}: not recorded there")
            continue
        keys = sorted(key for key in {*there, *now} if there.get(key) != now.get(key))
        changes += [f"{key}: {there.get(key)!r} there, {now.get(key)!r} now" for key in keys]
    return "; ".join(changes)


def _revision(sections: Mapping[str, object]) -> str:
    loaded = sections.get("loaded")
    return str(loaded.get("revision") or "") if isinstance(loaded, Mapping) else ""


def read_run(path: Path) -> Document:
    """What stands in a run file; empty without one. Raises CMCError for a file of another kind."""
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise CMCError(f"{path} is not a run file of this toolkit ({error}); move it away") from error


def note(path: Path, **outcome: object) -> None:
    """Add what came out of a run (counts, times) to its run file."""
    write_json(path, read_run(path) | outcome | {"environment": environment()})
