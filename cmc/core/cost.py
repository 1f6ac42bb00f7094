"""What outputs cost: seconds, memory, energy and dollars, in a run file's section `cost`; no output depends on it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cmc.core.files import write_json
from cmc.core.run_file import environment, read_run

SECTION = "cost"
# What peak memory is of.
DEVICE, PROCESS = "device", "process"
NUMBER = (int, float)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "device": (str,),
    "workers": (int,),
    "pictures": (int,),
    "memory_of": (str,),
    "tokens": (int, type(None)),
    "energy_from": (str, type(None)),
    **dict.fromkeys(("load_s", "compute_s", "write_s", "wall_s", "peak_memory_mb"), NUMBER),
    **dict.fromkeys(("energy_j", "dollars_per_hour", "dollars"), (*NUMBER, type(None))),
}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What all runs together spent that made something.

    device: names of the GPUs, or `cpu`; workers: the most at once; pictures: captioned, generated or scored;
    load_s, compute_s, write_s: seconds of a worker, summed over all workers: loading the model and waiting for inputs,
    computing, and waiting for outputs to be written; wall_s: by the clock of the driver; peak_memory_mb: of the worker
    that took most, in 10^6 bytes, of what `memory_of` says: what PyTorch allocated on its GPU (`device`), or the
    process's resident memory (`process`); tokens: written by an encoder, None where it does not tell; energy_j: joules
    of the whole devices that were worked on, other work on them included, as `energy_from` tells (nvml: GPUs, rapl:
    processors), None where nothing does; dollars: what all seconds of workers cost at `dollars_per_hour` each.
    """

    device: str
    workers: int
    pictures: int
    load_s: float
    compute_s: float
    write_s: float
    wall_s: float
    peak_memory_mb: float
    memory_of: str
    tokens: int | None = None
    energy_j: float | None = None
    energy_from: str | None = None
    dollars_per_hour: float | None = None
    dollars: float | None = None

    @property
    def worker_s(self) -> float:
        """Seconds that workers were busy, all together."""
        return self.load_s + self.compute_s + self.write_s

    def plus(self, later: "Cost") -> "Cost":
        """Of two runs together; what one of them does not tell, both together do not."""
        devices = dict.fromkeys([*self.device.split(" + "), *later.device.split(" + ")])
        same_source = self.energy_from == later.energy_from
        return Cost(
            device=" + ".join(devices),
            workers=max(self.workers, later.workers),
            pictures=self.pictures + later.pictures,
            load_s=self.load_s + later.load_s,
            compute_s=self.compute_s + later.compute_s,
            write_s=self.write_s + later.write_s,
            wall_s=self.wall_s + later.wall_s,
            peak_memory_mb=max(self.peak_memory_mb, later.peak_memory_mb),
            memory_of=later.memory_of if later.peak_memory_mb > self.peak_memory_mb else self.memory_of,
            tokens=None if self.tokens is None or later.tokens is None else self.tokens + later.tokens,
            energy_j=_sum(self.energy_j, later.energy_j) if same_source else None,
            energy_from=self.energy_from if same_source else None,
            dollars_per_hour=self.dollars_per_hour if self.dollars_per_hour == later.dollars_per_hour else None,
            dollars=_sum(self.dollars, later.dollars),
        )

    def share(self, pictures: int) -> "Cost":
        """Of some of its pictures, when all took the same."""
        part = pictures / self.pictures
        sums = ("load_s", "compute_s", "write_s", "wall_s", "energy_j", "dollars")
        amounts = {name: value if value is None else value * part for name in sums for value in [getattr(self, name)]}
        tokens = None if self.tokens is None else round(self.tokens * part)
        return Cost(**asdict(self) | amounts | {"pictures": pictures, "tokens": tokens})


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second


def read_cost(run: Mapping[str, object]) -> Cost | None:
    """What stands in a run file's document; None where nothing does, or what this version cannot read."""
    section = run.get(SECTION)
    if not isinstance(section, dict) or section.keys() != {field.name for field in fields(Cost)}:
        return None
    return Cost(**section) if all(_is(section[name], types) for name, types in _TYPES.items()) else None


def _is(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def add_cost(path: Path, cost: Cost, anew: bool = False) -> None:
    """Add what a run spent to what stands in the run file `path`; `anew`: its outputs of before are gone."""
    run = read_run(path)
    before = None if anew else read_cost(run)
    together = cost if before is None else before.plus(cost)
    write_json(path, run | {SECTION: _rounded(together), "environment": environment()})


def _rounded(cost: Cost) -> dict[str, object]:
    """As a run file says it: milliseconds and kilobytes are fine enough, dollars go by millionths."""
    digits = {"dollars": 6}
    document = asdict(cost)
    return {
        name: round(value, digits.get(name, 3)) if isinstance(value, float) else value
        for name, value in document.items()
    }
