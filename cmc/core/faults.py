"""What the code of others raises (a plugin's, a library's), told in one line as an error of ours."""

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmc.core.errors import CMCError, reason

# Of the machine, not of the code that met them: these stop a run, which goes on once there is room.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


@contextmanager
def faults_told(what: str, kind: type[CMCError] = CMCError, but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Inside, any exception becomes an error of a `kind`: "`what` failed: KeyError: 'x' (my_plugin.py, line 7)".

    A CMCError passes as it is, and so do those in `but` and a disk without room.
    """
    try:
        yield
    except Exception as error:
        no_room = isinstance(error, OSError) and error.errno in NO_ROOM
        if no_room or isinstance(error, (CMCError, *but)):
            raise
        raise kind(f"{what} failed: {told(error)}") from error


def told(error: Exception) -> str:
    """Kind, message and place of an exception, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    kind, message = type(error).__name__, reason(error)
    return (kind if message == kind else f"{kind}: {message}") + place


def kind_of(value: object) -> str:
    """What a value is, for a message on what was expected instead: "None", "a str", "an int"."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def check_count(what: str, value: object) -> None:
    """Raises CMCError for anything but a whole number from 1."""
    if not isinstance(value, int) or value < 1:
        raise CMCError(f"{what}: expected a whole number from 1, found {value!r}")
