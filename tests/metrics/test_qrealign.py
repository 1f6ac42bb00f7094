import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cmc.core.errors import CMCError
from cmc.metrics.selection import build_metrics
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests.conftest import photo
from tests.tiny_today import qwen3_5

CPU = torch.device("cpu")
# In a process of its own, for pyiqa's class changes transformers.
PYIQAS = """
import sys, numpy as np, torch, transformers
before = transformers.PreTrainedConfig.to_dict
from pyiqa.archs.qrealign_arch import QReAlign
network = QReAlign(model=sys.argv[1], dtype="float32")
assert transformers.PreTrainedConfig.to_dict is not before, "then cmc need not keep away from it"
pictures = np.load(sys.argv[2])
print(*network(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255).tolist())
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    network = qwen3_5(folder / "Q-ReAlign-Mini-0.8B")
    # Large enough for answers to lean.
    state = load_file(network / "model.safetensors")
    name = next(name for name in state if name.endswith("lm_head.weight") or name.endswith("embed_tokens.weight"))
    state[name] *= 20
    save_file(state, network / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_it_is_pyiqas_and_leaves_transformers_as_it_is(weights: Path, tmp_path: Path) -> None:
    entry = METRICS.get("qrealign")
    check_weights(weights, [entry])
    gt = np.asarray(photo("coffee.png").resize((64, 48)))
    pictures = np.stack([gt, 255 - gt, np.roll(gt, 20, 1)])
    (metric,) = build_metrics([entry], weights, CPU, torch.float32, None, False).values()
    found = metric.score(list(pictures), None)
    assert not [name for name in sys.modules if "qrealign_compat" in name or "q_align" in name]
    np.save(tmp_path / "pictures.npy", pictures)
    command = [sys.executable, "-c", PYIQAS, str(weights / "Q-ReAlign-Mini-0.8B"), str(tmp_path / "pictures.npy")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert found == pytest.approx([float(score) for score in done.stdout.split()[-3:]], abs=1e-5, rel=0)
    assert len({round(score, 5) for score in found}) == 3
    assert metric.note == "qrealign is by Q-ReAlign-Mini-0.8B"


def test_weights_that_do_not_fit_are_named(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"Q-ReAlign-Pro-9B; download https://huggingface\.co/q-future/Q-ReAlign-Pro"):
        check_weights(weights, [METRICS.get("qrealign_pro")])
    damaged = tmp_path / "Q-ReAlign-Mini-0.8B"
    damaged.mkdir()
    for path in (weights / damaged.name).iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    state = load_file(damaged / "model.safetensors")
    state.pop(min(state))
    save_file(state, damaged / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CMCError, match="1 missing: "):
        METRICS.get("qrealign").create(tmp_path, CPU, torch.float32)
