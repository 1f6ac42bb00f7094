"""What a worker spends: seconds by what they went into, peak memory, and what the energy counters show."""

import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cmc.core.cost import DEVICE, PROCESS
from cmc.stages.engine.energy import Meters, Reading, read_meters

if TYPE_CHECKING:
    import torch

Item = TypeVar("Item")
# Of a worker that computes nothing itself.
SERVER = "a server"
LOAD, COMPUTE, WRITE = "load", "compute", "write"


@dataclass(frozen=True)
class Spent:
    """By a worker, since it last told: seconds as in `Cost`, and the peak of its memory in 10^6 bytes."""

    device: str
    load_s: float
    compute_s: float
    write_s: float
    peak_memory_mb: float
    memory_of: str
    readings: tuple[Reading, ...] = ()


class Meter:
    """A worker's stopwatch: at any moment it runs for one of LOAD, COMPUTE and WRITE, or for none."""

    def __init__(self, device: "torch.device | None") -> None:
        self._device = device
        self._seconds = dict.fromkeys((LOAD, COMPUTE, WRITE), 0.0)
        self._purpose, self._since = "", time.perf_counter()
        self._meters: Meters | None = None

    def start(self) -> None:
        """Note what the counters show, and let the peak of a GPU's memory begin anew."""
        self._meters = read_meters(self._device)
        if self._device is not None and self._device.type == "cuda":
            import torch

            torch.cuda.reset_peak_memory_stats(self._device)

    @contextmanager
    def spending(self, purpose: str) -> Iterator[None]:
        """Inside, time goes into a purpose; one within another stops the outer one."""
        outer = self._switch(purpose)
        try:
            yield
        finally:
            self._switch(outer)

    def _switch(self, purpose: str) -> str:
        now, outer = time.perf_counter(), self._purpose
        if outer:
            self._seconds[outer] += now - self._since
        self._purpose, self._since = purpose, now
        return outer

    def waited_for(self, items: Iterable[Item], purpose: str) -> Iterator[Item]:
        """The items; the wait for each goes into a purpose."""
        iterator = iter(items)
        while True:
            with self.spending(purpose):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def tell(self) -> Spent:
        """What was spent since the last time."""
        later = read_meters(self._device) if self._meters else None
        readings = self._meters.until(later) if self._meters and later else ()
        peak, memory_of = _peak_memory(self._device)
        spent = Spent(
            device_name(self._device),
            self._seconds[LOAD],
            self._seconds[COMPUTE],
            self._seconds[WRITE],
            peak,
            memory_of,
            readings,
        )
        self._seconds = dict.fromkeys(self._seconds, 0.0)
        self.start()
        return spent


def device_name(device: "torch.device | None") -> str:
    """As a cost says it: a GPU by its model's name."""
    if device is None:
        return SERVER
    if device.type != "cuda":
        return device.type
    import torch

    return torch.cuda.get_device_name(device)


def _peak_memory(device: "torch.device | None") -> tuple[float, str]:
    if device is not None and device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated(device) / 1e6, DEVICE
    # Linux counts kibibytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, PROCESS
