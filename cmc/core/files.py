"""Files that appear whole or not at all, and their fingerprints."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

# Bytes read at either end of a file for a fingerprint; training changes all of a weight file.
END = 1 << 16


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then rename: a reader never sees half a file, and a kill leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document atomically, indented, keys in the order given."""
    write_atomic(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def clean_temporary(folder: Path) -> None:
    """Remove what a killed `write_atomic` left in a folder."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def fingerprint(folder: Path) -> str:
    """What tells a folder of weights from another, in no time: `files:` and a hash of all names, sizes and both ends
    of each file, hidden ones left out."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder).as_posix()
        if not any(part.startswith(".") for part in name.split("/")):
            size = path.stat().st_size
            with open(path, "rb") as file:
                start = file.read(END)
                file.seek(max(0, size - END))
                digest.update(f"{name}\0{size}\0".encode() + start + file.read())
    return f"files:{digest.hexdigest()[:16]}"
