"""The training loop goes on as if it had not been stopped, and never sees the scenes that are tested or shown."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.scenes.attributes import KINDS
from cmc.scenes.render import SEEDS, SIDE, render
from training import loop
from training.data import scene_set
from training.distorted_scenes import FIRST, REFERENCES
from training.distortions import DISTORTIONS, LEVELS, spoil


def _train(checkpoint: Path, steps: int, cooldown: int = 0) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    network = torch.nn.Linear(4, 1)

    def loss(step: int) -> torch.Tensor:
        x = torch.randn(8, 4, generator=torch.Generator().manual_seed(step))
        return (network(x) - x.sum(1, keepdim=True)).square().mean()

    return loop.train(network, loss, steps, 0.1, checkpoint, cooldown=cooldown).state_dict()


def test_a_killed_run_ends_as_one_that_was_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE", 5)
    whole = _train(tmp_path / "whole.pt", 20)
    _train(tmp_path / "halves.pt", 10)
    halves = _train(tmp_path / "halves.pt", 20)
    assert all(torch.equal(whole[key], halves[key]) for key in whole)
    assert not torch.equal(whole["weight"], _train(tmp_path / "other.pt", 10)["weight"])


def test_the_learning_rate_falls_to_nothing_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = []
    step = torch.optim.Adam.step

    def watch(adam: torch.optim.Adam, *args: object) -> object:
        rates.append(adam.param_groups[0]["lr"])
        return step(adam, *args)

    monkeypatch.setattr(loop, "WARM_UP", 2)
    monkeypatch.setattr(torch.optim.Adam, "step", watch)
    _train(tmp_path / "a.pt", 8, cooldown=4)
    assert rates == pytest.approx([0.05, 0.1, 0.1, 0.1, 0.1, 0.075, 0.05, 0.025])


def test_training_scenes_are_drawn_once_and_are_no_others(tmp_path: Path) -> None:
    first, again = (scene_set(tmp_path, "train", 6) for _ in range(2))
    assert first.images.shape == (6, SIDE, SIDE, 3)
    assert np.array_equal(first.images, again.images)
    assert (first.texts, first.shown) == (again.texts, again.shown)
    assert [shown.kind for shown in first.shown] == list(KINDS) * 2
    assert (first.regions.sum((1, 2)) > 0).all()
    for use in ("test", "demo"):
        with pytest.raises(ValueError, match="not for training"):
            scene_set(tmp_path, use, 6)
    assert SEEDS["train"][FIRST + REFERENCES] in SEEDS["train"]


def test_each_distortion_harms_more_at_each_level() -> None:
    scene = render("NSI", 7)
    clean = np.asarray(scene.image, float)
    spoiled = [*spoil(scene.image, np.random.default_rng(0))]
    for name in DISTORTIONS:
        levels = [each for each in spoiled if each.distortion == name]
        errors = [np.abs(np.asarray(each.image, float) - clean).mean() for each in levels]
        assert [each.level for each in levels] == list(LEVELS)
        assert [each.mos for each in levels] == pytest.approx([4.2, 3.4, 2.6, 1.8, 1.0])
        assert errors == sorted(errors), name
        assert errors[0] > 0
