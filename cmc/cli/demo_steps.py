"""Commands of a demo: each is shown as a user would type it, then run."""

import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence

from cmc.cli import common


def announced(command: Sequence[str]) -> list[str]:
    """What to run for a command, given as what follows `cmc`; it is printed."""
    print(f"\n$ {shlex.join(['python', '-m', 'cmc', *command])}", flush=True)
    return [sys.executable, "-m", "cmc", *command]


def run_all(commands: Iterable[Sequence[str]]) -> int:
    """The exit code of the first that fails, which ends it, or OK."""
    for command in commands:
        code = subprocess.run(announced(command), check=False).returncode
        if code:
            return code
    return common.OK
