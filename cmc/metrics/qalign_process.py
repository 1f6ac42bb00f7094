"""This side of the process that computes Q-Align: started, asked, and ended with the metric.

A process of its own, since pyiqa's code of it changes transformers' Llama for all that runs beside it. Over a pipe go
pictures, (height, width, 3) uint8 RGB, and for each comes a `Reply`; one more, None or why not, once the network is
loaded.
"""

import os
import signal
import subprocess
import sys
import tempfile
import weakref
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

import numpy as np

from cmc.core.errors import CMCError, reason

if TYPE_CHECKING:
    import torch

Reply: TypeAlias = float | CMCError | None
# Nothing is fetched, and no package found but where this process finds it.
SETTINGS = {"HF_HUB_OFFLINE": "1", "PYTHONSAFEPATH": "1"}


class QAlignProcess:
    """A process with the network of a folder loaded; it is ended when this object is gone.

    Raises CMCError for weights that do not fit. One that died at a picture is started anew for the next.
    """

    def __init__(self, name: str, task: str, folder: Path, device: "torch.device") -> None:
        self._name, self._arguments = name, (str(folder.resolve()), str(device), task)
        self._start()

    def score(self, picture: np.ndarray) -> float:
        """Of (height, width, 3) uint8 RGB. Raises CMCError where it fails, or the process dies."""
        if not self._end.alive:
            self._start()
        score = self._reply_to(picture)
        assert score is not None, "a picture is answered by a number"
        return score

    def _start(self) -> None:
        self._pipe, theirs = Pipe()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        command = [sys.executable, "-m", "cmc.metrics.qalign_child", str(theirs.fileno()), *self._arguments]
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env={**os.environ, **SETTINGS, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        theirs.close()
        self._end = weakref.finalize(self, _end, self._process, self._pipe, self._output)
        try:
            self._reply_to(None)
        except CMCError:
            self._end()
            raise

    def _reply_to(self, picture: np.ndarray | None) -> float | None:
        """Its answer to a picture; to None, that it is ready."""
        try:
            if picture is not None:
                self._pipe.send(picture)
            reply: Reply = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._death() from error
        except BaseException:
            self._end()  # its answer, come later, would be taken for another picture's
            raise
        if isinstance(reply, CMCError):
            raise reply
        return reply

    def _death(self) -> CMCError:
        code = self._process.wait()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        words = _last_line(self._output)
        self._end()
        said = f"its last words: {words}" if words else "it said nothing"
        return CMCError(f"the process of {self._name} was {how}, {said}; see whether memory suffices and try again")


def _last_line(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode(errors="replace").strip().splitlines()
    return reason(lines[-1]) if lines else ""


def _end(process: "subprocess.Popen[bytes]", pipe: Connection, output: IO[bytes]) -> None:
    process.kill()
    process.wait()
    pipe.close()
    output.close()
