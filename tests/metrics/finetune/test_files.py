"""Both formats of a weight file say the same."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

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
        metric = topiq_fr(folder, torch.device("cpu"), torch.float32, "standard")
        assert metric.note == "DEMO"
        scores.append(metric.score([noisy], gt))
        again = folder / f"again{suffix}"
        save_weights(again, network, "DEMO", half=True)
        assert suffix == ".pth" or again.read_bytes() == (folder / f"topiq-fr{suffix}").read_bytes()
    assert scores[0] == scores[1]
