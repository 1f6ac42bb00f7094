"""Pictures that two settings have in common: made in one folder, linked or copied into the other."""

import filecmp
import os
import shutil
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.files import clean_temporary, write_atomic
from cmc.core.run_file import read_run

# Beside the pictures: what made them, and what could not be made.
RECORDS = ("run.json", "failed.csv")


def share_pictures(source: Path, target: Path) -> int:
    """Let `target` hold what `source` holds, and nothing else; returns how many pictures it lacked.

    Raises CMCError where `target` has pictures that were not made here, or by other settings: they are not thrown away.
    """
    _check(source, target)
    target.mkdir(parents=True, exist_ok=True)
    clean_temporary(target)
    names = {path.name for path in source.glob("*.png")}
    for stray in target.glob("*.png"):
        if stray.name not in names:
            stray.unlink()
    lacking = [name for name in sorted(names) if not _same(source / name, target / name)]
    for name in lacking:
        _link(source / name, target / name)
    for name in RECORDS:
        if (source / name).is_file():
            write_atomic(target / name, (source / name).read_bytes())
        else:
            (target / name).unlink(missing_ok=True)
    return len(lacking)


def _check(source: Path, target: Path) -> None:
    if not any(target.glob("*.png")):
        return
    made, there = read_run(source / "run.json"), read_run(target / "run.json")
    if not there or there.get("settings") != made.get("settings"):
        raise CMCError(f"{target} holds pictures of other settings than {source}; move it away")


def _same(first: Path, second: Path) -> bool:
    return second.is_file() and (os.path.samefile(first, second) or filecmp.cmp(first, second, shallow=False))


def _link(source: Path, target: Path) -> None:
    """A link where the file system has them: pictures are replaced whole, never written into."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
