"""A worker's side where it is not in the driver's process: the model loads when it is first needed, and every call
comes back as a value, errors too."""

import os
import pickle
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError
from cmc.core.faults import told
from cmc.core.prefetch import BackgroundWriter
from cmc.core.quiet import quiet_libraries
from cmc.registry import load_plugins
from cmc.stages.engine.base import AnyWorker, Loader
from cmc.stages.engine.meter import COMPUTE, LOAD, WRITE, Meter, Spent

OUR_ERRORS = (CMCError, OSError)


@dataclass(frozen=True)
class Order:
    """What a worker is to load, in a form that travels before the plugins are there that it needs; `folder`: where the
    driver runs, from which relative paths go; `environment`: variables to set before PyTorch is imported."""

    loader: bytes
    plugins: tuple[Path, ...]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, loader: Loader[Any, Any, Any], environment: dict[str, str] | None = None) -> "Order":
        """The order for a loader, given here."""
        return cls(pickle.dumps(loader), loader.plugins, Path.cwd(), environment or {})


@dataclass(frozen=True)
class Reply:
    """What came of a call: a result, or the error that ended it; and what it took."""

    result: Any = None
    error: BaseException | None = None
    spent: Spent | None = None


class Host:
    """Holds one worker, and does one call at a time. Calls are `about`, `work(item)` and `answer(question)`."""

    def __init__(self, order: Order) -> None:
        os.environ.update(order.environment)
        self._order = order
        self._worker: AnyWorker[Any, Any, Any] | None = None
        self._meter = Meter(None)

    def ping(self) -> None:
        """Answers once there is a worker, with nothing loaded yet."""

    def about(self, there: None = None) -> Reply:
        """What was loaded; `there`: what `ping` answered, where that is to be waited for."""
        return self._reply(lambda worker: worker.about())

    def work(self, item: Any) -> Reply:
        """What comes of an item; its outputs are written when this returns."""
        return self._reply(lambda worker: self._work(worker, item))

    def answer(self, question: Any) -> Reply:
        """What the worker answers."""
        return self._reply(lambda worker: worker.answer(question))

    def _reply(self, call: Callable[[AnyWorker[Any, Any, Any]], Any]) -> Reply:
        try:
            worker = self._worker = self._worker or self._load()
            with self._meter.spending(COMPUTE):
                result = call(worker)
            return Reply(result, spent=self._meter.tell())
        except Exception as error:  # it is raised where the driver is
            return Reply(error=_portable(error))

    def _load(self) -> AnyWorker[Any, Any, Any]:
        os.chdir(self._order.folder)
        quiet_libraries()
        load_plugins(self._order.plugins)
        loader: Loader[Any, Any, Any] = pickle.loads(self._order.loader)
        self._meter = Meter(loader.device)
        with self._meter.spending(LOAD):
            self._meter.start()
            return loader.load()

    def _work(self, worker: AnyWorker[Any, Any, Any], item: Any) -> Any:
        meter = self._meter
        with meter.spending(LOAD):
            loaded = worker.read(item)
        with BackgroundWriter(_run) as writer:

            def write(output: Callable[[], None]) -> None:
                with meter.spending(WRITE):
                    writer.put(output)

            result = worker.work(item, loaded, write)
            with meter.spending(WRITE):
                writer.flush()
        return result


def _run(output: Callable[[], None]) -> None:
    output()


def _portable(error: Exception) -> BaseException:
    """The error, if it can travel; else one that says the same. Where a fault of the toolkit arose is printed here."""
    if not isinstance(error, OUR_ERRORS):
        traceback.print_exception(error, file=sys.stderr)
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    except Exception:  # an exception of others may not take apart and together again
        pass
    return CMCError(told(error))
