"""The loop that fits a metric to opinion scores.

As the benchmark's authors did it (CMC-Bench, section 4.1 and appendix): Adam, mean squared error, SRCC and KRCC on
pictures that were held out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.metrics.finetune.batches import as_tensor, by_size, score_rows
from cmc.metrics.finetune.files import load_checkpoint, save_checkpoint
from cmc.metrics.finetune.opinions import Opinion
from cmc.metrics.finetune.trainable import Trainable

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Epoch:
    """Mean squared error while learning, and Spearman's and Kendall's correlation on the held-out pictures."""

    number: int
    loss: float
    srcc: float
    krcc: float

    def __str__(self) -> str:
        figures = f"loss {self.loss:.4f}, held out: SRCC {self.srcc:.4f}, KRCC {self.krcc:.4f}"
        return f"epoch {self.number:3}: {figures}"


def finetune(
    metric: Trainable,
    train: Sequence[Opinion],
    held_out: Sequence[Opinion],
    checkpoint: Path,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int,
    seed: int,
) -> Iterator[Epoch]:
    """Learn, yielding each epoch once its checkpoint is written; goes on after the last one that `checkpoint` holds.

    The network ends in evaluation mode. The order of an epoch depends on `seed` and its number alone.
    """
    import torch

    parameters = [parameter for parameter in metric.module.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=learning_rate)
    for number in range(load_checkpoint(checkpoint, metric.module, optimizer), epochs):
        torch.manual_seed(seed * 1_000_003 + number)
        order = np.random.default_rng([seed, number]).permutation(len(train))
        metric.module.train()
        loss = _learn(metric, optimizer, [train[i] for i in order], batch_size)
        metric.module.eval()
        srcc, krcc = _agreement(metric, held_out, batch_size)
        save_checkpoint(checkpoint, number + 1, metric.module, optimizer)
        yield Epoch(number + 1, loss, srcc, krcc)
    metric.module.eval()


def _learn(metric: Trainable, optimizer: "torch.optim.Optimizer", rows: Sequence[Opinion], batch_size: int) -> float:
    """Once through `rows`, in their order; returns the mean squared error."""
    best = max(row.mos for row in rows)
    errors: list[float] = []
    for start in range(0, len(rows), batch_size):
        errors += _step(metric, optimizer, rows[start : start + batch_size], best)
    return float(np.mean(errors))


def _step(metric: Trainable, optimizer: "torch.optim.Optimizer", rows: Sequence[Opinion], best: float) -> list[float]:
    """One update from the mean squared error over `rows`; returns each one's. `best`: the opinion at distance 0."""
    optimizer.zero_grad()
    errors: list[float] = []
    for alike in by_size(rows):
        truth = as_tensor(metric, [best - row.mos if metric.lower_is_better else row.mos for row in alike])
        error = (score_rows(metric, alike) - truth) ** 2
        (error.sum() / len(rows)).backward()
        errors += error.tolist()
    optimizer.step()
    return errors


def _agreement(metric: Trainable, rows: Sequence[Opinion], batch_size: int) -> tuple[float, float]:
    """(SRCC, KRCC) of the scores of `rows` with their opinions, positive for a distance that is right."""
    sign = -1 if metric.lower_is_better else 1
    scores = [sign * score for score in predict(metric, rows, batch_size)]
    return correlation(scores, [row.mos for row in rows])


def predict(metric: Trainable, rows: Sequence[Opinion], batch_size: int) -> list[float]:
    """Scores in the order of `rows`."""
    import torch

    scores: dict[int, float] = {}
    with torch.no_grad():
        for start in range(0, len(rows), batch_size):
            for alike in by_size(rows[start : start + batch_size]):
                scores |= zip(map(id, alike), score_rows(metric, alike).tolist(), strict=True)
    return [scores[id(row)] for row in rows]


def correlation(scores: Sequence[float], truth: Sequence[float]) -> tuple[float, float]:
    """(SRCC, KRCC)."""
    from scipy.stats import kendalltau, spearmanr

    return float(spearmanr(scores, truth).statistic), float(kendalltau(scores, truth).statistic)
