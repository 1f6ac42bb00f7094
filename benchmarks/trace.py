"""What each thread of a run does when, as a Chrome trace, and how much of the reading and writing lay within the work.

A trace opens in chrome://tracing or https://ui.perfetto.dev.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmc.stages.engine.base import AnyWorker, Worker, Write

READ, WORK, WRITE = "read", "generate", "write"


@dataclass(frozen=True)
class Span:
    """Seconds, by the clock of `time.perf_counter`, that a thread spent on one thing."""

    name: str
    thread: str
    begin: float
    end: float


class Traced(Worker[Any, Any, Any, Any]):
    """A worker whose reading, working and writing is noted as `spans`."""

    def __init__(self, worker: AnyWorker[Any, Any, Any]) -> None:
        self._worker, self.spans = worker, list[Span]()
        self.in_flight, self.ahead = worker.in_flight, worker.ahead

    @contextmanager
    def _span(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.spans.append(Span(name, threading.current_thread().name, begin, time.perf_counter()))

    def about(self) -> Any:
        return self._worker.about()

    def read(self, item: Any) -> Any:
        with self._span(READ):
            return self._worker.read(item)

    def work(self, item: Any, loaded: Any, write: Write) -> Any:
        def write_traced(output: Callable[[], None]) -> None:
            def run() -> None:
                with self._span(WRITE):
                    output()

            write(run)

        with self._span(WORK):
            return self._worker.work(item, loaded, write_traced)


def save_trace(spans: Sequence[Span], path: Path) -> None:
    """Complete events of the Trace Event Format, in microseconds since the first."""
    start = min(span.begin for span in spans)
    events = [
        {
            "name": span.name,
            "ph": "X",
            "pid": 1,
            "tid": span.thread,
            "ts": 1e6 * (span.begin - start),
            "dur": 1e6 * (span.end - span.begin),
        }
        for span in spans
    ]
    path.write_text(json.dumps({"traceEvents": events}), encoding="utf-8")


def share_within(spans: Sequence[Span], name: str, around: str = WORK) -> float:
    """The share of the seconds of all spans of a `name` that lie within those called `around`, which never overlap."""
    inner = [span for span in spans if span.name == name]
    outer = [span for span in spans if span.name == around]
    total = sum(span.end - span.begin for span in inner)
    shared = sum(max(0.0, min(one.end, two.end) - max(one.begin, two.begin)) for one in inner for two in outer)
    return shared / total if total else 0.0
