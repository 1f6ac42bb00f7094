"""Several commands as stages of one: each prints into a log, and a line says what became of it."""

import errno
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TextIO

from cmc.cli import common
from cmc.cli.study_commands import command_line, label
from cmc.core.errors import CMCError, reason
from cmc.core.workspace import Workspace
from cmc.stages.engine.base import Engine
from cmc.studies.stages import Stage

# What the commands print.
LOG = "log.txt"
# With these nothing further can be written: going on to the next stage would only say it again.
STOPS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass
class Outcomes:
    """What became of stages, by output: those that are done, whole or but for images that they name, and reasons; what
    their commands print goes to `log`; `engine`: keeps a model from one stage to the next."""

    engine: Engine
    log: TextIO
    done: set[str] = field(default_factory=set)
    incomplete: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)


def attempt(space: Workspace, stage: Stage, perform: Callable[[], int], outcomes: Outcomes, number: str) -> None:
    """Run a stage by `perform`, which gives its exit code, and say what came of it; whatever is wrong with it is wrong
    with its branch alone. `number`: its place, to be said."""
    start = time.monotonic()
    state = _outcome(space, stage, perform, outcomes)
    print(f"{number} {label(stage)}: {state} ({time.monotonic() - start:.1f} s)", flush=True)


def _outcome(space: Workspace, stage: Stage, perform: Callable[[], int], outcomes: Outcomes) -> str:
    """Run a stage and record what became of it; returns that in words."""
    lacking = [need for need in stage.needs if need in outcomes.failed]
    if lacking:
        outcomes.failed[stage.output] = f"it needs {', '.join(lacking)}"
        return f"left out, {outcomes.failed[stage.output]}"
    print(f"\n$ {command_line(space, stage)}", file=outcomes.log, flush=True)
    try:
        with redirect_stdout(outcomes.log):
            code = perform()
    except OSError as error:
        if error.errno in STOPS:
            raise
        outcomes.failed[stage.output] = reason(error)
    except Exception as error:  # models and plugins raise what they like
        outcomes.failed[stage.output] = str(error) if isinstance(error, CMCError) else reason(error)
        if not isinstance(error, CMCError):
            traceback.print_exc(file=outcomes.log)
    else:
        (outcomes.done if code == common.OK else outcomes.incomplete).add(stage.output)
        return "done" if code == common.OK else f"done, but for images that {LOG} names"
    print(f"error: {outcomes.failed[stage.output]}", file=outcomes.log, flush=True)
    return f"FAILED: {outcomes.failed[stage.output]}"
