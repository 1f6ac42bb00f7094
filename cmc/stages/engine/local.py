"""Workers as processes of this computer, each with GPUs or processor cores of its own."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any

from tqdm import tqdm

from cmc.core.errors import CMCError
from cmc.stages.engine.away import AwayCrew, Remote, WorkerDiedError
from cmc.stages.engine.base import About, Crew, Engine, Item, Loader, Result
from cmc.stages.engine.host import Host, Order, Reply
from cmc.stages.engine.ledger import Ledger

THREADS, GPUS = "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"
# Of `--workers`: as many as there is room for.
ALL = 0
# A program that uses threads cannot be forked safely, nor one that has used a GPU.
_SPAWN = get_context("spawn")
_environment_lock = threading.Lock()


class Local(Engine):
    """`workers` processes beside this one; ALL: one a share of a visible GPU that the model needs, or one a core."""

    def __init__(self, workers: int, dollars_per_hour: float | None = None) -> None:
        super().__init__(dollars_per_hour)
        self._workers = workers

    def _hire(self, loader: Loader[About, Item, Result]) -> Crew[About, Item, Result]:
        places = _places(loader, self._workers)
        order = Order.of(loader)
        return AwayCrew([_Process(order, place) for place in places], _wait, Ledger(len(places), self.dollars_per_hour))


def _places(loader: Loader[Any, Any, Any], workers: int) -> list[dict[str, str]]:
    """The environment of each worker. Raises CMCError for more than the GPUs have room for."""
    if loader.gpus_here and loader.device is not None and loader.device.index is None:
        return [{GPUS: gpus} for gpus in _gpus_of_each(visible_gpus(), loader.gpus_here, workers)]
    # On a CPU each has as many threads as this process: another number changes pictures by a level here and there. On
    # one GPU that was named all workers are.
    return [{}] * (workers or os.cpu_count() or 1)


def _gpus_of_each(visible: Sequence[str], needed: float, workers: int) -> list[str]:
    """The GPUs of each worker, as CUDA_VISIBLE_DEVICES names them, one after the other in turn."""
    whole = max(1, int(needed))
    shares = [",".join(visible[start : start + whole]) for start in range(0, len(visible) - whole + 1, whole)]
    room = len(shares) * (int(1 / needed) if needed < 1 else 1)
    if workers > room or not room:
        raise CMCError(
            f"--workers {workers}: the model needs {needed:g} GPU a worker, and {len(visible)} are visible; "
            f"ask for {room} at most"
        )
    return list(islice(cycle(shares), workers or room))


def visible_gpus() -> list[str]:
    """As CUDA_VISIBLE_DEVICES names them."""
    import torch

    named = os.environ.get(GPUS)
    return named.split(",") if named else [str(index) for index in range(torch.cuda.device_count())]


class _Process(Remote):
    """A process and a pipe to it."""

    def __init__(self, order: Order, environment: Mapping[str, str]) -> None:
        self._order, self._environment = order, environment
        self.start()

    def start(self) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, self._order), name="cmc worker")
        with _environment(self._environment):  # what PyTorch reads of it, it reads once
            self._process.start()
        theirs.close()

    def send(self, method: str, *argument: object) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send((method, argument))

    def receive(self) -> Reply:
        try:
            reply: Reply = self.pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise WorkerDiedError from error
        return reply

    def revive(self) -> None:
        self.kill()
        self.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _wait(remotes: Sequence[Remote]) -> Sequence[Remote]:
    by_pipe = {remote.pipe: remote for remote in remotes if isinstance(remote, _Process)}
    return [by_pipe[pipe] for pipe in connection.wait(by_pipe) if isinstance(pipe, Connection)]


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Inside, processes start with these variables."""
    with _environment_lock:
        before = {name: os.environ.get(name) for name in changes}
        os.environ.update(changes)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _serve(pipe: Connection, order: Order) -> None:
    """A worker's life: calls come one after the other, until the driver ends it or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver sees to the rest
    threading.Thread(target=_die_with_the_driver, daemon=True).start()
    # Its own is one between processes, which would outlive a worker that is killed.
    tqdm.set_lock(threading.RLock())
    host = Host(order)
    while True:
        try:
            method, argument = pipe.recv()
        except EOFError:
            return
        pipe.send(getattr(host, method)(*argument))


def _die_with_the_driver() -> None:
    """However the driver ended: its locks are gone, and another may hold them in an instant."""
    driver = parent_process()
    if driver is not None:
        connection.wait([driver.sentinel])
    os._exit(1)
