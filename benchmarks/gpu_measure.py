"""Seconds, memory, and how busy a GPU is, while something runs on it."""

import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from cmc.stages.engine.energy import nvml, nvml_handle

GB = 1e9
# Seconds between two looks at how busy a GPU is.
EVERY = 0.1


@dataclass(frozen=True)
class Measured:
    """`images` made in `seconds`; the GPU's peak memory in 10^9 bytes, and the share of time that it was busy (None:
    unknown); `first`: seconds of a first batch before, with all that is compiled in it; `faults`: pictures that failed
    or took an fp32 VAE."""

    images: int
    seconds: float
    peak_gb: float
    busy: float | None
    first: float = 0.0
    faults: int = 0

    @property
    def rate(self) -> float:
        """Images a second."""
        return self.images / self.seconds


class _Rates(ctypes.Structure):
    """As NVIDIA's library fills it: percent of the last part of a second in which a kernel ran, or memory moved."""

    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class Busy:
    """Inside, a thread looks at a GPU; afterwards `share` is how much of the time a kernel ran on it, None where nobody
    tells."""

    def __init__(self, device: torch.device) -> None:
        on_gpu = device.type == "cuda"
        self._handle = nvml_handle(f"GPU-{torch.cuda.get_device_properties(device).uuid}") if on_gpu else None
        self._percent: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        library, rates = nvml(), _Rates()
        while library and self._handle and not self._over.wait(EVERY):
            if not library.nvmlDeviceGetUtilizationRates(self._handle, ctypes.byref(rates)):
                self._percent.append(rates.gpu)

    @property
    def share(self) -> float | None:
        """Of 1."""
        return sum(self._percent) / len(self._percent) / 100 if self._percent else None

    def __enter__(self) -> "Busy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def measured(work: Callable[[], tuple[int, int]], device: torch.device, first: float = 0.0) -> Measured:
    """What it takes to do some work, which returns how many images it made, and how many of them were faulty."""
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    with Busy(device) as busy:
        began = time.perf_counter()
        images, faults = work()
        if on_gpu:
            torch.cuda.synchronize(device)
        seconds = time.perf_counter() - began
    peak = torch.cuda.max_memory_allocated(device) / GB if on_gpu else 0.0
    return Measured(images, seconds, peak, busy.share, first, faults)


def table(rows: dict[str, Measured], plain: str) -> str:
    """Rows of Markdown, held against the row called `plain`."""
    head = "| way | images | images/s | against plain | peak GB | GPU busy | first batch s | faulty |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for name, row in rows.items():
        ratio = f"{row.rate / rows[plain].rate:.2f}x" if plain in rows else ""
        busy = "" if row.busy is None else f"{100 * row.busy:.0f} %"
        cells = [name, row.images, f"{row.rate:.3g}", ratio, f"{row.peak_gb:.1f}", busy, f"{row.first:.1f}", row.faults]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)
