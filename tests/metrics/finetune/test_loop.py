"""The loop fits scores and distances alike."""

from pathlib import Path

import torch

from cmc.metrics.finetune.loop import finetune
from cmc.metrics.finetune.opinions import read_opinions, split
from cmc.metrics.finetune.trainable import Trainable


def test_a_distance_is_fitted_to_how_far_below_the_best(table: Path, tmp_path: Path) -> None:
    class Distance(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, pictures: torch.Tensor, references: torch.Tensor) -> torch.Tensor:
            return self.weight * (pictures - references).abs().mean((1, 2, 3))

    module = Distance()
    train, held_out = split(read_opinions(table, True), 0.8, 0)
    options = {"epochs": 40, "learning_rate": 0.1, "batch_size": 8, "seed": 0}
    epochs = list(
        finetune(Trainable(module, True, module, lower_is_better=True), train, held_out, tmp_path / "c", **options)
    )
    assert epochs[-1].srcc > 0.95
    assert epochs[-1].loss < 0.2 * epochs[0].loss
    assert 2 < module.weight.item() < 10
