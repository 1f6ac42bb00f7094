"""Counters of energy that devices keep: NVML for NVIDIA's GPUs, RAPL for processors. Each is of the whole device, other
work on it included, and a computer may have none that can be read."""

import ctypes
import math
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

NVML, RAPL = "nvml", "rapl"
POWERCAP = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Reading:
    """Joules that a counter showed before some work and after it; `counter` is one of all computers', `end`: where it
    begins anew."""

    source: str
    counter: str
    before: float
    after: float
    end: float = math.inf


@dataclass(frozen=True)
class Meters:
    """The counters under a device: joules by counter, and where each begins anew."""

    source: str
    joules: Mapping[str, float]
    ends: Mapping[str, float] = field(default_factory=dict)

    def until(self, later: "Meters") -> tuple[Reading, ...]:
        """What they showed then and `later`; a counter that began anew in between is carried on."""
        readings = []
        for counter, before in self.joules.items():
            after, end = later.joules.get(counter, before), self.ends.get(counter, math.inf)
            after += end if after < before and math.isfinite(end) else 0.0
            readings.append(Reading(self.source, counter, before, max(before, after), end))
        return tuple(readings)


def read_meters(device: "torch.device | None") -> Meters | None:
    """The counters of a device now; None where none can be read."""
    if device is None:
        return None
    if device.type == "cuda":
        return _of_gpu(device)
    return _of_processor() if device.type == "cpu" else None


def _of_gpu(device: "torch.device") -> Meters | None:
    import torch

    uuid = f"GPU-{torch.cuda.get_device_properties(device).uuid}"
    joules = _gpu_joules(uuid)
    return None if joules is None else Meters(NVML, {uuid: joules})


@cache
def nvml() -> ctypes.CDLL | None:
    """NVIDIA's library, which comes with the driver, ready for use."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
        return library if library.nvmlInit_v2() == 0 else None
    except (OSError, AttributeError):
        return None


def nvml_handle(uuid: str) -> ctypes.c_void_p | None:
    """NVIDIA's library's own name of the GPU `GPU-...`, None where it knows none such."""
    library, handle = nvml(), ctypes.c_void_p()
    if library is None or library.nvmlDeviceGetHandleByUUID(uuid.encode(), ctypes.byref(handle)):
        return None
    return handle


def _gpu_joules(uuid: str) -> float | None:
    """Since its driver was loaded; None of a GPU that does not count (before Volta)."""
    library, handle, millijoules = nvml(), nvml_handle(uuid), ctypes.c_ulonglong()
    if library is None or handle is None:
        return None
    if library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(millijoules)):
        return None
    return millijoules.value / 1000


def _of_processor() -> Meters | None:
    """Of every socket; on most systems root alone may read them."""
    joules, ends = {}, {}
    for zone in sorted(POWERCAP.glob("intel-rapl:*")):
        if zone.name.count(":") == 1:  # further ones are parts of a socket
            counter = f"{socket.gethostname()}/{zone.name}"
            try:
                joules[counter] = int((zone / "energy_uj").read_text()) / 1e6
                ends[counter] = int((zone / "max_energy_range_uj").read_text()) / 1e6
            except (OSError, ValueError):
                return None
    return Meters(RAPL, joules, ends) if joules else None


@dataclass
class EnergySum:
    """Joules over readings of many workers, of which some share a device: no stretch of a counter is counted twice."""

    joules: float = 0.0
    _last: dict[str, float] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        """Count what a reading saw that no reading before it did."""
        last = self._last.get(reading.counter, reading.before)
        # Of two workers, the later one may tell first; a counter that is far behind has begun anew.
        if last - reading.after > reading.end / 2:
            last = reading.before
        self.joules += max(0.0, reading.after - max(reading.before, last))
        self._last[reading.counter] = max(last, reading.after) % reading.end
