"""What a crew spent, added up by the driver."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cmc.core.cost import PROCESS, Cost, add_cost
from cmc.core.errors import CMCError
from cmc.stages.engine.energy import EnergySum
from cmc.stages.engine.meter import Spent


@dataclass
class Ledger:
    """Of a crew of `workers`, each at `dollars_per_hour` (None: nobody said)."""

    workers: int
    dollars_per_hour: float | None = None
    _entries: list[Spent] = field(default_factory=list)
    _wall: float = 0.0

    def add(self, spent: Spent) -> None:
        """What a worker tells."""
        self._entries.append(spent)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inside, the driver's clock runs."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._wall += time.perf_counter() - began

    def settle(self, pictures: int, tokens: int | None) -> Cost:
        """The cost of what was made since the last time."""
        seconds = {
            name: sum(getattr(spent, name) for spent in self._entries) for name in ("load_s", "compute_s", "write_s")
        }
        joules, source = self._energy()
        largest = max(self._entries, key=lambda spent: spent.peak_memory_mb, default=None)
        price = self.dollars_per_hour
        cost = Cost(
            device=" + ".join(dict.fromkeys(sorted(spent.device for spent in self._entries))),
            workers=self.workers,
            pictures=pictures,
            wall_s=self._wall,
            peak_memory_mb=largest.peak_memory_mb if largest else 0.0,
            memory_of=largest.memory_of if largest else PROCESS,
            tokens=tokens,
            energy_j=joules,
            energy_from=source,
            dollars_per_hour=price,
            dollars=None if price is None else sum(seconds.values()) / 3600 * price,
            **seconds,
        )
        self._entries.clear()
        self._wall = 0.0
        return cost

    def _energy(self) -> tuple[float | None, str | None]:
        """(joules, source); none unless every worker told."""
        total, sources = EnergySum(), set()
        for spent in self._entries:
            if not spent.readings:
                return None, None
            for reading in spent.readings:
                total.add(reading)
                sources.add(reading.source)
        return (total.joules, sources.pop()) if len(sources) == 1 else (None, None)


@dataclass
class Made:
    """What came of a run so far: pictures, and tokens of their captions (None: not told of one of them)."""

    pictures: int = 0
    tokens: int | None = None

    def count(self, pictures: int = 1) -> None:
        """Count pictures."""
        self.pictures += pictures

    def count_tokens(self, tokens: int) -> None:
        """Count the tokens of a caption, 0 where its encoder does not tell."""
        known = self.pictures == 0 or self.tokens is not None
        self.tokens = (self.tokens or 0) + tokens if known and tokens else None
        self.pictures += 1


@contextmanager
def at_the_end(bill: Callable[[], None]) -> Iterator[None]:
    """Inside, something is made; at the end, an early one too, `bill` records what it cost."""
    try:
        yield
    except BaseException:
        with suppress(OSError, CMCError):  # what ended the run is to be told, not what came of it
            bill()
        raise
    bill()


@contextmanager
def billed(ledger: Ledger, run_file: Path, anew: bool) -> Iterator[Made]:
    """Inside, a run counts what it made; at the end, an early one too, the cost of it stands in the run file.

    A run that made nothing leaves that as it was; `anew`: outputs of before are gone.
    """
    made = Made()
    with at_the_end(partial(_bill, ledger, run_file, made, anew)):
        yield made


def _bill(ledger: Ledger, run_file: Path, made: Made, anew: bool) -> None:
    cost = ledger.settle(made.pictures, made.tokens)
    if made.pictures:
        add_cost(run_file, cost, anew)
