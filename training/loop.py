"""One training loop for all: Adam, warm-up, a moving average of the weights, and checkpoints to go on from."""

import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from torch.optim.swa_utils import AveragedModel

from cmc.core.files import write_atomic

WARM_UP = 100
REPORT = 50
SAVE = 100
Network = TypeVar("Network", bound=torch.nn.Module)


def train(
    network: Network,
    loss: Callable[[int], torch.Tensor],
    steps: int,
    rate: float,
    checkpoint: Path,
    decay: float = 0.998,
    cooldown: int = 0,
) -> Network:
    """Run `loss(step).backward()` from the last checkpoint up to `steps`; returns the averaged network.

    The learning rate rises to `rate` over WARM_UP steps, and falls to nothing over the last `cooldown`.

    `loss` draws its batch from the step's number alone, so that a run that was killed goes on as if it had not been.
    """
    average = AveragedModel(network, avg_fn=partial(_average, decay), use_buffers=True)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    adam = torch.optim.Adam(trained, lr=rate, betas=(0.9, 0.99), fused=True)
    first = _load_checkpoint(checkpoint, network, average, adam)
    report = _Report(checkpoint.stem, first, steps)
    network.train()
    for step in range(first, steps):
        for group in adam.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / WARM_UP, (steps - step) / max(1, cooldown))
        value = loss(step)
        adam.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam.step()
        average.update_parameters(network)
        report.add(step, value.item())
        if (step + 1) % SAVE == 0 or step + 1 == steps:
            _save_checkpoint(checkpoint, step + 1, network, average, adam)
    averaged = average.module
    assert isinstance(averaged, type(network)), "an average is a copy of what it averages"
    return averaged.eval()


class _Report:
    """Prints the recent loss and the pace now and then."""

    def __init__(self, name: str, first: int, steps: int) -> None:
        self.name, self.first, self.steps = name, first, steps
        self.start, self.recent = time.time(), 0.0

    def add(self, step: int, loss: float) -> None:
        self.recent = 0.95 * self.recent + 0.05 * loss if step > self.first else loss
        if (step + 1) % REPORT == 0:
            pace = (time.time() - self.start) / (step + 1 - self.first)
            progress = f"{self.name} step {step + 1} of {self.steps}"
            print(f"{progress}, loss {self.recent:.4f}, {pace:.2f} s a step", flush=True)


def _average(decay: float, average: torch.Tensor, now: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """Exponential, but short at first, so that the random start is soon forgotten."""
    if not average.is_floating_point():
        return now
    return average.lerp(now, max(1 - decay, 9 / (10 + int(count))))


def save_tensors(path: Path, document: object) -> None:
    """Save tensors so that a kill leaves the old file, or none, and never half of one."""
    buffer = io.BytesIO()
    torch.save(document, buffer)
    write_atomic(path, buffer.getvalue())


def _save_checkpoint(path: Path, step: int, *parts: torch.nn.Module | torch.optim.Optimizer) -> None:
    save_tensors(path, {"step": step, "parts": [part.state_dict() for part in parts]})


def _load_checkpoint(path: Path, *parts: torch.nn.Module | torch.optim.Optimizer) -> int:
    """Fill the parts; the steps that were done, 0 without a checkpoint."""
    if not path.is_file():
        return 0
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    for part, state in zip(parts, checkpoint["parts"], strict=True):
        part.load_state_dict(state)
    print(f"going on from {path} at step {checkpoint['step']}", flush=True)
    return int(checkpoint["step"])
