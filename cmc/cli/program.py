"""How a command was called, so that its usage and its errors say so."""

import sys
from pathlib import Path


def program(tool: str) -> str:
    """`script-i2t.py`, `python -m cmc i2t` or `cmc i2t`, whichever of them the user typed."""
    called = Path(sys.argv[0]).name
    if called == f"script-{tool}.py":
        return called
    return f"python -m cmc {tool}" if called == "__main__.py" else f"cmc {tool}"
