"""Files that appear whole or not at all, and their fingerprints."""

import contextlib
import hashlib
import json
import os
import re
import socket
import threading
from pathlib import Path

# Bytes read at either end of a file for a fingerprint; training changes all of a weight file.
END = 1 << 16


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then rename: a reader never sees half a file, and a kill leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_beside(path)
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise naming(error, path) from error
        raise


def _temporary_beside(path: Path) -> Path:
    """A hidden name that no other host, process or thread uses, short whatever the file's own."""
    return path.with_name(f".{_host()}.{os.getpid()}.{threading.get_ident()}.tmp")


def _host() -> str:
    """This machine in a file's name: letters, digits and hyphens of its host name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname())[:40]


def naming(error: OSError, path: Path) -> OSError:
    """The same error, of that file: what a full disk raises names none, or a temporary one."""
    return OSError(error.errno, error.strerror, str(path))


def write_json(path: Path, document: object) -> None:
    """Write a JSON document atomically, indented, keys in the order given."""
    write_atomic(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def clean_temporary(folder: Path) -> None:
    """Remove what `write_atomic` left in a folder when its process was killed: files of dead processes of this host."""
    for path in folder.glob(f".{_host()}.*.tmp"):
        process = path.name.split(".")[2]
        if process.isdecimal() and not _is_alive(int(process)):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    import psutil

    return psutil.pid_exists(process)


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
    for path in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
        name = path.relative_to(folder).as_posix()
        if not any(part.startswith(".") for part in name.split("/")):
            digest.update(f"{name}\0{path.stat().st_size}\0".encode() + _both_ends(path))
    return f"files:{digest.hexdigest()[:16]}"


def _both_ends(path: Path) -> bytes:
    """The first and the last END bytes of a file, which overlap in a short one."""
    with open(path, "rb") as file:
        start = file.read(END)
        file.seek(max(0, path.stat().st_size - END))
        return start + file.read()
