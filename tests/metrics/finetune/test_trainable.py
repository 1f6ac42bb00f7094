"""Every network that can be fine-tuned, on random backbones: what may learn learns, and its file is the whole of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pyiqa.utils import download_util

from cmc.core.errors import CMCError
from cmc.core.images import load_rgb, save_png
from cmc.metrics.finetune.files import save_weights
from cmc.metrics.finetune.loop import finetune, predict
from cmc.metrics.finetune.opinions import Opinion
from cmc.metrics.finetune.trainable import TOPIQ, Trainable, names, trainable
from cmc.metrics.pyiqa_table import NETWORKS
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests import tiny_iqa
from tests.conftest import photo

# A side of the pictures where a network takes any.
SIDE = 96
QUICK = {"ahiq": {"num_crop": 1}, "hyperiqa": {"num_crop": 4}}
FILES = {"dbcnn": tiny_iqa.save_dbcnn, "clipiqa": tiny_iqa.save_clipiqa}


def _rows(folder: Path, side: int) -> list[Opinion]:
    """A photograph in two sizes, each as it is and blurred. Of the first, too small for a square of `side` pixels,
    networks that take no other see a part enlarged."""
    opinions = []
    for number, size in enumerate(((side - 14, side + 8), (side, side))):
        clean = photo("coffee.png").resize(size)
        blurred = clean.resize((size[0] // 9, size[1] // 9)).resize(size)
        for name, image, mos in ((f"{number}.png", clean, 5.0), (f"{number}-blurred.png", blurred, 1.0)):
            save_png(folder / name, image)
            opinions.append(Opinion(folder / name, folder / f"{number}.png", mos))
    return opinions


def _fresh(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, weights: Path | None = None) -> Trainable:
    with monkeypatch.context() as patched:
        tiny_iqa.stand_in(patched, folder / "RN50.pt", downloads=weights is None)
        return trainable(name, weights, torch.device("cpu"))


@pytest.mark.parametrize("name", [name for name in names() if name not in TOPIQ])
def test_it_learns_and_its_file_gives_it_back(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_util, "DEFAULT_CACHE_DIR", str(tmp_path))
    FILES.get(name, lambda folder: None)(tmp_path)
    entry = METRICS.get(name)
    network, quick = NETWORKS[name], QUICK.get(name, {})
    rows = _rows(tmp_path, network.crop or SIDE)
    options, learns = ({**(given or {}), **quick} for given in (network.options, network.learns))
    monkeypatch.setitem(NETWORKS, name, replace(network, options=options, learns=learns))
    tiny_iqa.narrow_ahiq(monkeypatch)
    torch.manual_seed(0)
    metric = _fresh(name, tmp_path, monkeypatch)
    before = {key: value.clone() for key, value in metric.module.named_parameters()}
    settings = {"epochs": 1, "learning_rate": 1e-3, "batch_size": 4, "seed": 0}
    (epoch,) = finetune(metric, rows[:2], rows[2:], tmp_path / "checkpoint", **settings)
    assert np.isfinite(epoch.loss)
    for key, value in metric.module.named_parameters():
        assert value.requires_grad or torch.equal(value, before[key]), key
    assert any(not torch.equal(value, before[key]) for key, value in metric.module.named_parameters())
    save_weights(tmp_path / f"{name}.safetensors", metric, "mine")
    again = _fresh(name, tmp_path, monkeypatch, tmp_path / f"{name}.safetensors")
    assert (again.full_reference, again.lower_is_better) == (metric.full_reference, metric.lower_is_better)
    state = again.module.state_dict()
    assert all(torch.equal(state[key], value) for key, value in metric.module.state_dict().items())
    (wanted,) = predict(metric, rows[3:], 1)
    check_weights(tmp_path, [entry])
    picture, gt = (np.asarray(load_rgb(row.image)) for row in (rows[3], rows[2]))
    with monkeypatch.context() as patched:
        tiny_iqa.stand_in(patched, tmp_path / "RN50.pt", downloads=False)
        scorer = entry.create(tmp_path, torch.device("cpu"), torch.float32)
    assert scorer.note == "mine"
    assert scorer.score([picture], gt if metric.full_reference else None) == pytest.approx([wanted], abs=1e-5)


def test_what_a_fine_tuned_file_does_not_hold_is_still_needed(tmp_path: Path) -> None:
    for name in ("clipiqa", "lpips"):
        (tmp_path / f"{name}.pth").touch()
    check_weights(tmp_path, [METRICS.get("lpips")])
    with pytest.raises(CMCError, match=r"no \S+RN50\.pt; download"):
        check_weights(tmp_path, [METRICS.get("clipiqa")])
