"""Both formats of a weight file say the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.core.errors import CMCError
from cmc.metrics.finetune.files import save_weights
from cmc.metrics.finetune.trainable import trainable
from cmc.metrics.topiq import topiq_fr
from tests.tiny_topiq import save_topiq


def test_a_safetensors_file_scores_as_the_released_format(table: Path, tmp_path: Path) -> None:
    start = save_topiq(tmp_path / "start.pth", True, "lcnet_050", inter_dim=16)
    network = trainable("topiq_fr", start, torch.device("cpu"))
    gt, noisy = (np.asarray(Image.open(table.parent / f"0-{level}.png")) for level in (0, 2))
    scores = []
    for suffix in (".pth", ".safetensors"):
        folder = tmp_path / suffix
        folder.mkdir()
        save_weights(folder / f"topiq-fr{suffix}", network, "DEMO", half=True)
        metric = topiq_fr(folder, torch.device("cpu"), torch.float32)
        assert metric.note == "DEMO"
        scores.append(metric.score([noisy], gt))
        again = folder / f"again{suffix}"
        save_weights(again, network, "DEMO", half=True)
        assert suffix == ".pth" or again.read_bytes() == (folder / f"topiq-fr{suffix}").read_bytes()
    assert scores[0] == scores[1]


def test_scoring_follows_the_order_in_which_weights_were_fitted(table: Path, tmp_path: Path) -> None:
    start = save_topiq(tmp_path / "topiq-fr.pth", True, "lcnet_050", inter_dim=16)
    network = trainable("topiq_fr", start, torch.device("cpu"))
    gt, noisy = (np.asarray(Image.open(table.parent / f"0-{level}.png")) for level in (0, 2))
    save_weights(tmp_path / "fitted" / "topiq-fr.safetensors", network, "")
    scores = {}
    for folder in (tmp_path, tmp_path / "fitted"):
        for order in (None, "published", "standard"):
            metric = topiq_fr(folder, torch.device("cpu"), torch.float32, order)
            scores[folder.name, order] = metric.score([noisy], gt)[0]
    released, fitted = tmp_path.name, "fitted"
    # Released weights say nothing, and the benchmark's order holds; fitted ones are scored as they were fitted.
    assert scores[released, None] == scores[released, "published"] != scores[released, "standard"]
    assert scores[fitted, None] == scores[fitted, "standard"] != scores[fitted, "published"]
    network.module.eval()
    with torch.no_grad():
        pictures = [torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255 for pixels in (noisy, gt)]
        assert network.score(*pictures).item() == pytest.approx(scores[fitted, None], abs=1e-4)


def test_an_order_that_is_none_is_refused(tmp_path: Path) -> None:
    path = save_topiq(tmp_path / "topiq-fr.pth", True, "lcnet_050", inter_dim=16)
    document = torch.load(path, weights_only=True)
    torch.save(document | {"fr_order": "backwards"}, path)
    with pytest.raises(CMCError, match="says fr_order 'backwards', expected published or standard"):
        topiq_fr(tmp_path, torch.device("cpu"), torch.float32)
