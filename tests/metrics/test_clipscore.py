from pathlib import Path

import numpy as np
import pytest
import torch
from clip.model import build_model
from pyiqa.archs import clipscore_arch
from safetensors.torch import load_file

from cmc.core.errors import CMCError
from cmc.metrics.checked import scores_or_faults
from cmc.metrics.clipscore import FOLDER
from cmc.metrics.selection import build_metrics
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests import tiny_iqa
from tests.conftest import photo
from tests.tiny_clip import save_as_openai

CPU = torch.device("cpu")
CAPTIONS = ["a cup of coffee on a table", "A cat, in the grass!", "", "many words " * 60]


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    state = tiny_iqa.clip(1, 64, 32)
    # Of random weights all cosines are below 0.
    return state | {"visual.proj": -state["visual.proj"]}


@pytest.fixture(scope="module")
def folder(state: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_as_openai(tmp_path_factory.mktemp("weights") / FOLDER, state, 32)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    names = ("coffee.png", "chelsea.png", "astronaut.png", "rocket.jpg")
    return [np.asarray(photo(name).resize((224, 224))) for name in names]


def _pyiqas(state: dict[str, torch.Tensor], pictures: list[np.ndarray], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    # OpenAI's own class, weights of fp16 numbers in fp32.
    network = build_model(dict(state)).float()
    network.load_state_dict({key: state[key] for key in network.state_dict()}, strict=True)
    monkeypatch.setattr(clipscore_arch.clip, "load", lambda _: (network, None))
    tensors = torch.stack([torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255 for picture in pictures])
    with torch.inference_mode():
        return clipscore_arch.CLIPScore()(tensors, CAPTIONS).tolist()


def test_it_is_pyiqas(
    folder: Path, state: dict[str, torch.Tensor], pictures: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = METRICS.get("clipscore")
    check_weights(folder.parent, [entry])
    (metric,) = build_metrics([entry], folder.parent, CPU, torch.float32, None, False).values()
    found = scores_or_faults("clipscore", metric, pictures, None, CAPTIONS)
    assert found == pytest.approx(_pyiqas(state, pictures, monkeypatch), abs=1e-5, rel=0)
    assert np.ptp(found) > 1e-3
    assert 0 < max(found) <= 2.5
    # Of one picture and another caption another score; in a batch the same as alone.
    assert scores_or_faults("clipscore", metric, pictures[:1], None, CAPTIONS[1:2])[0] != pytest.approx(found[0])
    assert scores_or_faults("clipscore", metric, pictures[3:], None, CAPTIONS[3:]) == pytest.approx(found[3:], abs=1e-6)


def test_a_caption_against_the_picture_is_zero(folder: Path, pictures: list[np.ndarray], tmp_path: Path) -> None:
    from safetensors.torch import save_file

    other = tmp_path / FOLDER
    other.mkdir()
    for path in folder.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    weights = load_file(other / "model.safetensors")
    before = METRICS.get("clipscore").create(folder.parent, CPU, torch.float32)
    weights["visual_projection.weight"] *= -1
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    after = METRICS.get("clipscore").create(tmp_path, CPU, torch.float32)
    assert before.identity != after.identity
    for one, minus_one in zip(*(metric.score(pictures, None, CAPTIONS) for metric in (before, after)), strict=True):
        assert min(one, minus_one) == 0 < max(one, minus_one)


def test_a_folder_without_a_vocabulary_is_refused_with_where_to_get_it(tmp_path: Path) -> None:
    tiny_iqa.save_clipsim(tmp_path)
    with pytest.raises(CMCError, match=r"tokenizer\.json; download https://huggingface\.co/openai/clip-vit-base"):
        check_weights(tmp_path, [METRICS.get("clipscore")])
