"""`run.json`: what a result folder was made with, and the refusal to mix two settings in one."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cmc import __version__
from cmc.errors import CMCError
from cmc.files import clean_temporary, write_json

PACKAGES = ("torch", "torchvision", "diffusers", "transformers", "pyiqa", "timm", "numpy", "pillow")


def environment(**extra: Any) -> dict[str, Any]:
    """Package and machine versions; recorded, but no reason to refuse a folder."""
    return {"cmc": __version__, "python": platform.python_version(), **_versions(), **extra}


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def open_run(path: Path, settings: dict[str, Any], *, overwrite: bool, remedy: str) -> bool:
    """Claim the run file `path` for `settings`; True if earlier results under other settings must go first.

    Raises CMCError with the differing values when the file holds other settings and `overwrite` is off;
    `remedy` ends that message ("or another --result_name").
    """
    clean_temporary(path.parent)
    settings = json.loads(json.dumps(settings))
    before = _read(path)
    differing = sorted(k for k in {*before, *settings} if before.get(k) != settings.get(k)) if before else []
    if differing and not overwrite:
        changes = "; ".join(f"{k}: {before.get(k)!r} there, {settings.get(k)!r} now" for k in differing)
        raise CMCError(f"{path} was made with other settings ({changes}); start anew with --overwrite {remedy}")
    if differing or not before:
        write_json(path, {"settings": settings, "environment": environment()})
    return bool(differing)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["settings"])
    except (ValueError, KeyError, TypeError) as error:
        raise CMCError(f"{path} is not a run file of this toolkit ({error!r}); move it away") from error


def note(path: Path, **outcome: Any) -> None:
    """Add what came out of a run (counts, what was loaded) to its run file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document.update(outcome, environment=environment())
    write_json(path, document)
