from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessor, CLIPModel

from cmc.core.errors import CMCError
from cmc.metrics.embedding import WEIGHTS
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests import tiny_iqa
from tests.conftest import photo

CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small CLIP in transformers' format."""
    tiny_iqa.save_clipsim(tmp_path)
    return tmp_path / tiny_iqa.FOLDER


def _change(folder: Path, **changes: torch.Tensor | None) -> None:
    state = load_file(folder / WEIGHTS) | changes
    state = {key: value for key, value in state.items() if value is not None}
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})


def test_it_is_the_cosine_of_embeddings(folder: Path) -> None:
    check_weights(folder.parent, [METRICS.get("clipsim")])
    photograph = photo("coffee.png").resize((272, 240))
    gt, blurred = np.asarray(photograph), np.asarray(photograph.resize((60, 50)).resize(photograph.size))
    scores = METRICS.get("clipsim").create(folder.parent, CPU, torch.float32).score([blurred, gt, 255 - gt], gt)
    model = CLIPModel.from_pretrained(folder).eval()
    prepare = CLIPImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        one, other = (
            model.get_image_features(**prepare(image, return_tensors="pt")).pooler_output[0] for image in (255 - gt, gt)
        )
    assert scores[1] == pytest.approx(1, abs=1e-6)
    assert scores[2] == pytest.approx(float(one @ other / one.norm() / other.norm()), abs=2e-3)
    assert scores[2] < scores[0] < 1


def test_a_truncated_file_is_refused(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-50])
    with pytest.raises(CMCError, match="is no CLIP in transformers' format"):
        METRICS.get("clipsim").create(folder.parent, CPU, torch.float32)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"visual_projection.weight": None}, r"1 missing: visual_projection\.weight"),
        ({"stray.weight": torch.zeros(2)}, r"1 unknown: stray\.weight"),
        ({"visual_projection.weight": torch.zeros(3, 3)}, r"1 of another shape: visual_projection\.weight"),
    ],
    ids=["missing", "unknown", "shape"],
)
def test_weights_that_do_not_fit_are_named(folder: Path, changes: dict[str, torch.Tensor | None], told: str) -> None:
    _change(folder, **changes)
    with pytest.raises(CMCError, match=told):
        METRICS.get("clipsim").create(folder.parent, CPU, torch.float32)


def test_position_ids_that_old_checkpoints_hold_are_no_fault(folder: Path) -> None:
    _change(folder, **{"text_model.embeddings.position_ids": torch.arange(77)[None]})
    METRICS.get("clipsim").create(folder.parent, CPU, torch.float32)
