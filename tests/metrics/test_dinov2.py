from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

from cmc.core.errors import CMCError
from cmc.metrics.dinov2 import FOLDER
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests.conftest import photo

CPU = torch.device("cpu")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder of weights with a small DINOv2 in transformers' format."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = Dinov2Config(
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=56,
            patch_size=14,
            initializer_range=0.3,
        )
        Dinov2Model(config).save_pretrained(tmp_path / FOLDER)
    size, crop = {"shortest_edge": 64}, {"height": 56, "width": 56}
    BitImageProcessor(size=size, crop_size=crop).save_pretrained(tmp_path / FOLDER)
    return tmp_path


def test_it_is_the_cosine_of_class_tokens(weights: Path) -> None:
    entry = METRICS.get("dinov2")
    check_weights(weights, [entry])
    photograph = photo("coffee.png").resize((272, 240))
    gt, blurred = np.asarray(photograph), np.asarray(photograph.resize((30, 25)).resize(photograph.size))
    scores = entry.create(weights, CPU, torch.float32).score([blurred, gt, 255 - gt], gt)
    model = Dinov2Model.from_pretrained(weights / FOLDER).eval()
    prepare = BitImageProcessor.from_pretrained(weights / FOLDER)
    with torch.inference_mode():
        # The class token alone is what the model pools.
        one, other = (model(**prepare(image, return_tensors="pt")).pooler_output[0] for image in (255 - gt, gt))
    assert scores[1] == pytest.approx(1, abs=1e-6)
    assert scores[2] == pytest.approx(float(one @ other / one.norm() / other.norm()), abs=2e-3)
    assert scores[2] < scores[0] < 1


def test_a_folder_of_another_network_is_refused(weights: Path) -> None:
    config = Dinov2Config(hidden_size=48, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14)
    config.save_pretrained(weights / FOLDER)
    with pytest.raises(CMCError, match="of another shape: embeddings"):
        METRICS.get("dinov2").create(weights, CPU, torch.float32)
    (weights / FOLDER / "config.json").write_text("{")
    with pytest.raises(CMCError, match="is no DINOv2 in transformers' format"):
        METRICS.get("dinov2").create(weights, CPU, torch.float32)
