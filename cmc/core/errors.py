"""What a user can mend. The command line shows these as one line, without a traceback."""

import re
import textwrap
from collections.abc import Iterable

# Colours, titles and the like of terminals (ECMA-48): CSI and OSC sequences, and the short ones.
ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[@-_]")


class CMCError(Exception):
    """A wrong input, setting or file. The message says what was expected, what was found and what to do: in one line,
    but for a list of failures, which is one a line below it."""


class ImageError(CMCError):
    """One image cannot be read or used; a run records it and goes on with the others."""


def some(names: Iterable[object], most: int = 5) -> str:
    """`a, b, c and 7 more`: enough of a list to act on, in one line."""
    listed = [str(name) for name in names]
    tail = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + tail


def lines(items: Iterable[object], most: int = 5, indent: str = "  ") -> str:
    """Items to stand below a message, one a line, the last line `and 7 more` where there are more than `most`; a single
    one stands beside it."""
    listed = [str(item) for item in items]
    if len(listed) == 1:
        return f" {listed[0]}"
    rest = [f"and {len(listed) - most} more"] if len(listed) > most else []
    return "".join(f"\n{indent}{item}" for item in [*listed[:most], *rest])


def reason(error: BaseException | str, width: int = 200) -> str:
    """The first line of a library's error, cut to `width` characters, to be quoted in one of ours.

    Of the system's errors what is wrong alone: the file is named by who quotes it. Nothing in it reaches a terminal but
    characters that print: no escape codes, no marks that turn the text around.
    """
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    printable = [_printable(line) for line in text.strip().splitlines()]
    first = next((line for line in printable if line), type(error).__name__)
    return textwrap.shorten(first, width, placeholder=" ...")


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else " " for character in ESCAPES.sub("", line)).strip()
