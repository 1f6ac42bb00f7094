"""One training loop for all: Adam, warm-up, a moving average of the weights, and checkpoints to go on from."""

import argparse
import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel

from cmc.core.files import write_atomic

WARM_UP = 100
REPORT = 50
SAVE = 100


def arguments(what: str, steps: int) -> argparse.ArgumentParser:
    """Flags that every training script has."""
    made = argparse.ArgumentParser(description=what, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument("--steps", type=int, default=steps)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--work", type=Path, default=Path(".train"), help="folder of scenes and checkpoints")
    made.add_argument("--out", type=Path, default=Path("models/tiny"), help="where the finished model goes")
    made.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return made


def train(
    network: torch.nn.Module,
    loss: Callable[[int], torch.Tensor],
    steps: int,
    rate: float,
    checkpoint: Path,
    decay: float = 0.998,
    cool: int = 0,
) -> torch.nn.Module:
    """Run `loss(step).backward()` from the last checkpoint up to `steps`; returns the averaged network.

    The learning rate rises to `rate` over WARM_UP steps, and falls to nothing over the last `cool`.

    `loss` draws its batch from the step's number alone, so that a run that was killed goes on as if it had not been.
    """
    average = AveragedModel(network, avg_fn=partial(_average, decay), use_buffers=True)
    trained = [part for part in network.parameters() if part.requires_grad]
    adam = torch.optim.Adam(trained, lr=rate, betas=(0.9, 0.99), fused=True)
    first = _resume(checkpoint, network, average, adam)
    start, recent = time.time(), 0.0
    network.train()
    for step in range(first, steps):
        for group in adam.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / WARM_UP, (steps - step) / max(1, cool))
        value = loss(step)
        adam.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam.step()
        average.update_parameters(network)
        recent = 0.95 * recent + 0.05 * value.item() if step > first else value.item()
        if (step + 1) % REPORT == 0:
            pace = (time.time() - start) / (step + 1 - first)
            print(f"{checkpoint.stem} step {step + 1} of {steps}, loss {recent:.4f}, {pace:.2f} s a step", flush=True)
        if (step + 1) % SAVE == 0 or step + 1 == steps:
            _save(checkpoint, step + 1, network, average, adam)
    return average.module.eval()


def _average(decay: float, average: torch.Tensor, now: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """Exponential, but short at first, so that the random start is soon forgotten."""
    if not average.is_floating_point():
        return now
    return average.lerp(now, max(1 - decay, 9 / (10 + int(count))))


def _save(path: Path, step: int, *parts: torch.nn.Module | torch.optim.Optimizer) -> None:
    keep(path, {"step": step, "parts": [part.state_dict() for part in parts]})


def keep(path: Path, document: object) -> None:
    """Save tensors so that a kill leaves the old file, or none, and never half of one."""
    buffer = io.BytesIO()
    torch.save(document, buffer)
    write_atomic(path, buffer.getvalue())


def _resume(path: Path, *parts: torch.nn.Module | torch.optim.Optimizer) -> int:
    if not path.is_file():
        return 0
    saved = torch.load(path, map_location="cpu", weights_only=True)
    for part, state in zip(parts, saved["parts"], strict=True):
        part.load_state_dict(state)
    print(f"going on from {path} at step {saved['step']}", flush=True)
    return int(saved["step"])
