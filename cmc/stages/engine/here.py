"""The engine in this process: inputs are read ahead and outputs written behind in threads, items worked on in order."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cmc.core.prefetch import BackgroundWriter, prefetched
from cmc.stages.engine.base import About, AnyWorker, Crew, Engine, Failure, Item, Loader, Result
from cmc.stages.engine.ledger import Ledger
from cmc.stages.engine.meter import COMPUTE, LOAD, WRITE, Meter

READERS = 2


class HereCrew(Crew[About, Item, Result]):
    """One worker, in this process."""

    def __init__(
        self, worker: AnyWorker[About, Item, Result], meter: Meter | None = None, ledger: Ledger | None = None
    ) -> None:
        self._worker, self._meter = worker, meter or Meter(None)
        self.about = worker.about()
        self.ledger = ledger or Ledger(1)

    def map(self, items: Iterable[Item]) -> Iterator[tuple[int, Result | Failure]]:
        writer: BackgroundWriter[Callable[[], None]] = BackgroundWriter(_run)
        with self.ledger.running():
            try:
                with writer:
                    yield from enumerate(self._results(items, writer))
                    self._wait_for(writer)
            finally:
                self.ledger.add(self._meter.tell())

    def _results(self, items: Iterable[Item], writer: BackgroundWriter[Callable[[], None]]) -> Iterator[Result]:
        worker, meter = self._worker, self._meter

        def write(output: Callable[[], None]) -> None:
            with meter.spending(WRITE):
                writer.put(output)

        read = prefetched(worker.read, items, READERS, worker.ahead)
        if worker.in_flight > 1:

            def work(pair: tuple[Item, Any]) -> Result:
                return worker.work(*pair, write=writer.put)

            at_once = prefetched(work, read, worker.in_flight, worker.in_flight)
            yield from (result for _, result in meter.waited_for(at_once, COMPUTE))
            return
        for item, loaded in meter.waited_for(read, LOAD):
            with meter.spending(COMPUTE):
                result = worker.work(item, loaded, write)
            yield result

    def _wait_for(self, writer: BackgroundWriter[Callable[[], None]]) -> None:
        with self._meter.spending(WRITE):
            writer.flush()

    def ask(self, question: Any) -> Any:
        return self._worker.answer(question)

    def close(self) -> None:
        super().close()
        del self._worker


def _run(output: Callable[[], None]) -> None:
    output()


class Here(Engine):
    """This process, the default."""

    def _hire(self, loader: Loader[About, Item, Result]) -> Crew[About, Item, Result]:
        meter, ledger = Meter(loader.device), Ledger(1, self.dollars_per_hour)
        with ledger.running(), meter.spending(LOAD):
            meter.start()
            worker = loader.load()
        return HereCrew(worker, meter, ledger)
