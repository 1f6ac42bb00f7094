"""One writer a folder: a lock that the operating system takes back when its process dies, however that happens."""

import json
import os
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.files import write_json

# Hidden, so that no list of pictures or weights sees them; they stay, empty of meaning, when nobody writes.
LOCK, HOLDER = ".lock", ".lock.json"


@contextmanager
def one_writer(folder: Path, remedy: str, name: str = "") -> Iterator[None]:
    """Hold `folder` (with a `name`, that file in it alone) for writing; the folder is made where there is none.

    Raises CMCError that names host, process and command of who holds it; `remedy` ends that message ("use another
    --result_name").
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    prefix = f".{name}" if name else ""
    lock, holder = FileLock(folder / f"{prefix}{LOCK}"), folder / f"{prefix}{HOLDER}"
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise CMCError(
            f"{folder / name} is being written by {_read_holder(holder)}; wait for it, stop it, or {remedy}"
        ) from error
    try:
        try:
            write_json(holder, _this_process())
        except OSError:  # what is to be written will say so of itself
            holder.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def _this_process() -> dict[str, str | int]:
    import psutil

    interpreter, *words = psutil.Process().cmdline()
    command = shlex.join([Path(interpreter).name, *words])
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"host": socket.gethostname(), "process": os.getpid(), "command": command, "since": started}


def _read_holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return "process {process} on {host} since {since} ({command})".format(**holder)
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"  # which took the lock this instant
