"""How a command was called, so that its usage and its errors say so."""

import sys
from pathlib import Path


def program(tool: str) -> str:
    """`script-i2t.py`, `python -m cmc i2t` or `cmc i2t`, whichever of them the user typed."""
    called = Path(sys.argv[0])
    if called.name == f"script-{tool}.py":
        return called.name
    as_module = called.parts[-2:] == ("cmc", "__main__.py")
    return f"python -m cmc {tool}" if as_module else f"cmc {tool}"
