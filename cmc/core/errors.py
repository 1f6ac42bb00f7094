"""What a user can mend. The command line shows these as one line, without a traceback."""

import textwrap
from collections.abc import Iterable


class CMCError(Exception):
    """A wrong input, setting or file. The message says what was expected, what was found and what to do."""


class ImageError(CMCError):
    """One image cannot be read or used; a run records it and goes on with the others."""


def some(names: Iterable[object], most: int = 5) -> str:
    """`a, b, c and 7 more`: enough of a list to act on, in one line."""
    listed = [str(name) for name in names]
    tail = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + tail


def reason(error: BaseException | str, width: int = 200) -> str:
    """The first line of a library's error, cut to `width` characters, to be quoted in one of ours."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return textwrap.shorten(lines[0], width, placeholder=" ...")
