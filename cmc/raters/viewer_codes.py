"""What a study's viewers are called: numbers, or codes of whoever runs it."""

import re
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.tables import decode

# What may stand in a link as it is.
CODE = re.compile(r"[A-Za-z0-9._-]{1,60}")
# What begins the name of a viewer who is none, wherever votes go.
SIMULATED = "simulated-"


def numbered(count: int) -> list[str]:
    """`v01`, `v02`, ..."""
    digits = max(2, len(str(count)))
    return [f"v{number:0{digits}}" for number in range(1, count + 1)]


def is_simulated(viewer: str) -> bool:
    """Whether a program voted."""
    return viewer.startswith(SIMULATED)


def read_viewer_codes(path: Path) -> list[str]:
    """A code a line, empty lines left out. Raises CMCError for what cannot stand in a link, and for one that stands
    twice."""
    if not path.is_file():
        raise CMCError(f"no {path}; expected a list of viewers, a code a line")
    names = [line.strip() for line in decode(path.read_bytes(), str(path)).splitlines() if line.strip()]
    wrong = [name for name in names if not CODE.fullmatch(name)]
    if wrong or not names:
        found = repr(wrong[0]) if wrong else "none"
        raise CMCError(
            f"{path}: expected codes of viewers, a line each, of letters, digits, '.', '_', '-'; found {found}"
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise CMCError(f"{path}: {twice} stands twice; a link is one viewer's")
    return names
