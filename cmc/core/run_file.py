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

Document = dict[str, Any]  # JSON: an object by key

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


def open_run(path: Path, settings: Document, *, overwrite: bool, remedy: str, section: str = "settings") -> bool:
    """Claim the run file `path` for `settings`; True if earlier results under other settings must go first.

    `section` is where in the file they stand. Raises CMCError with the differing values when other settings
    stand there and `overwrite` is off; `remedy` ends that message ("or another --result_name").
    """
    clean_temporary(path.parent)
    document = read_run(path)
    recorded, current = document.get(section), json.loads(json.dumps(settings))
    if recorded == current:
        return False
    if recorded is not None and not overwrite:
        keys = sorted(key for key in {*recorded, *current} if recorded.get(key) != current.get(key))
        changes = "; ".join(f"{key}: {recorded.get(key)!r} there, {current.get(key)!r} now" for key in keys)
        raise CMCError(f"{path} was made with other settings ({changes}); start anew with --overwrite {remedy}")
    write_json(path, document | {section: current, "environment": environment()})
    return recorded is not None


def claim(
    path: Path,
    sections: Mapping[str, Mapping[str, object]],
    outputs: Sequence[Path],
    *,
    overwrite: bool,
    remedy: str,
) -> None:
    """Claim the run file `path` of a folder for settings by section, or refuse to mix two of them.

    `outputs`: what lies there already. Without any, other settings may take over; with `overwrite`, outputs of other
    settings, or of unknown ones, are removed. Raises CMCError otherwise; `remedy` as in `open_run`.
    """
    foreign = bool(outputs) and not path.is_file()
    if foreign and not overwrite:
        raise CMCError(f"{outputs[0]} was not made here; move it away, or start anew with --overwrite {remedy}")
    free = overwrite or not outputs
    stale = [
        open_run(path, dict(settings), section=section, overwrite=free, remedy=remedy)
        for section, settings in sections.items()
    ]
    if foreign or any(stale):
        for output in outputs:
            output.unlink(missing_ok=True)


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
