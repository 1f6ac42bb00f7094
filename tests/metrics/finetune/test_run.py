"""A run keeps its figures and its checkpoint beside the weights, and goes on from them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cmc.core.errors import CMCError
from cmc.metrics.finetune.run import FineTuning, FineTuningSettings
from cmc.metrics.weight_files import read_weights

CPU = torch.device("cpu")


@pytest.fixture
def settings(table: Path, tmp_path: Path) -> FineTuningSettings:
    return FineTuningSettings("cnniqa", table, tmp_path / "cnniqa.pth", epochs=1, batch_size=16, note="mine")


def test_the_record_holds_the_last_figures_and_the_file_the_network(settings: FineTuningSettings) -> None:
    run = FineTuning.start(settings, CPU)
    (epoch,) = run.epochs()
    record = json.loads(settings.record.read_text())
    assert record["last"] == vars(epoch)
    assert (record["settings"]["metric"], record["settings"]["seed"]) == ("cnniqa", 42)
    run.save()
    weights = read_weights(settings.out)
    assert weights.extra["note"] == "mine"
    assert all(torch.equal(value, run.metric.module.state_dict()[key]) for key, value in weights.state.items())


def test_more_epochs_go_on_and_other_settings_do_not(settings: FineTuningSettings) -> None:
    list(FineTuning.start(settings, CPU).epochs())
    longer = FineTuning.start(replace(settings, epochs=2), CPU)
    assert [epoch.number for epoch in longer.epochs()] == [2]
    assert not list(longer.epochs())
    other = replace(settings, seed=1)
    with pytest.raises(CMCError, match="seed: 42 there, 1 now"):
        FineTuning.start(other, CPU)
    FineTuning.start(replace(other, overwrite=True), CPU)
    assert not settings.checkpoint.exists()
