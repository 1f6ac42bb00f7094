"""Fine-tuning a metric to opinion scores: a table of pictures and scores in, a weight file out.

As the benchmark's authors did it (CMC-Bench, section 4.1 and appendix): Adam, mean squared error, learning rate
2e-5, 50 epochs, 80 % of the pictures to learn from and 20 % to report SRCC and KRCC on.
"""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.files import write_atomic
from cmc.metrics.finetune.batches import by_size, score, tensor
from cmc.metrics.finetune.opinions import Opinion
from cmc.metrics.finetune.trainable import Trainable
from cmc.weights.reader import ABOUT

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Epoch:
    """Mean squared error while learning, and Spearman's and Kendall's correlation on the held-out pictures."""

    number: int
    loss: float
    srcc: float
    krcc: float


def finetune(
    metric: Trainable,
    learn: Sequence[Opinion],
    held: Sequence[Opinion],
    checkpoint: Path,
    *,
    epochs: int,
    rate: float,
    batch_size: int,
    seed: int,
) -> Iterator[Epoch]:
    """Learn, yielding each epoch once its checkpoint is written; goes on after the last one that `checkpoint` holds.

    The network ends in evaluation mode. The order of an epoch depends on `seed` and its number alone.
    """
    import torch

    adam = torch.optim.Adam([part for part in metric.module.parameters() if part.requires_grad], lr=rate)
    best = max(row.mos for row in learn)
    done = _resume(checkpoint, metric.module, adam)
    for number in range(done, epochs):
        order = np.random.default_rng([seed, number]).permutation(len(learn))
        torch.manual_seed(seed * 1_000_003 + number)
        metric.module.train()
        errors = []
        for start in range(0, len(order), batch_size):
            rows = [learn[i] for i in order[start : start + batch_size]]
            errors += _step(metric, adam, rows, best)
        metric.module.eval()
        sign = -1 if metric.lower_is_better else 1
        scores = [sign * score for score in predict(metric, held, batch_size)]
        srcc, krcc = correlation(scores, [row.mos for row in held])
        _save(checkpoint, number + 1, metric.module, adam)
        yield Epoch(number + 1, float(np.mean(errors)), srcc, krcc)
    metric.module.eval()


def _step(metric: Trainable, adam: Any, rows: Sequence[Opinion], best: float) -> list[float]:
    """One update from the mean squared error over `rows`; returns each one's. `best`: the opinion at distance 0."""
    adam.zero_grad()
    errors = []
    for alike in by_size(rows):
        truth = tensor(metric, [best - row.mos if metric.lower_is_better else row.mos for row in alike])
        error = (score(metric, alike) - truth) ** 2
        (error.sum() / len(rows)).backward()
        errors += error.tolist()
    adam.step()
    return errors


def predict(metric: Trainable, rows: Sequence[Opinion], batch_size: int) -> list[float]:
    """Scores in the order of `rows`."""
    import torch

    scores: dict[int, float] = {}
    with torch.no_grad():
        for start in range(0, len(rows), batch_size):
            for alike in by_size(rows[start : start + batch_size]):
                scores |= zip(map(id, alike), score(metric, alike).tolist(), strict=True)
    return [scores[id(row)] for row in rows]


def correlation(scores: Sequence[float], truth: Sequence[float]) -> tuple[float, float]:
    """(SRCC, KRCC)."""
    from scipy.stats import kendalltau, spearmanr

    return float(spearmanr(scores, truth).statistic), float(kendalltau(scores, truth).statistic)


def save_weights(path: Path, metric: Trainable, note: str, half: bool = False) -> None:
    """The weight file, with what built the network and a note: safetensors if `path` says so, else in the released
    format, `{"params": state}`."""
    import torch
    from safetensors.torch import save

    state = {key: value.detach().cpu() for key, value in metric.module.state_dict().items()}
    if half:
        state = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    extra = {**metric.fields, "note": note}
    if path.suffix == ".safetensors":
        # LPIPS has weights of two names, which this format takes for one if they share memory.
        tensors = {key: value.contiguous().clone() for key, value in state.items()}
        write_atomic(path, save(tensors, {ABOUT: json.dumps(extra)}))
        return
    buffer = io.BytesIO()
    torch.save({"params": state, **extra}, buffer)
    write_atomic(path, buffer.getvalue())


def _save(path: Path, epoch: int, module: "torch.nn.Module", adam: Any) -> None:
    import torch

    buffer = io.BytesIO()
    torch.save({"epoch": epoch, "module": module.state_dict(), "adam": adam.state_dict()}, buffer)
    write_atomic(path, buffer.getvalue())


def _resume(path: Path, module: "torch.nn.Module", adam: Any) -> int:
    import torch

    if not path.is_file():
        return 0
    saved = torch.load(path, map_location="cpu", weights_only=True)
    module.load_state_dict(saved["module"])
    adam.load_state_dict(saved["adam"])
    return int(saved["epoch"])
