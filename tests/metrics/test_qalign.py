import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from transformers.models.llama import modeling_llama

from cmc.core.errors import CMCError
from cmc.metrics.base import Metric
from cmc.metrics.qalign_process import QAlignProcess
from cmc.metrics.selection import build_metrics
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests.conftest import photo

CPU, PYTHON = torch.device("cpu"), sys.executable
# In place of Python: what writes the weights first; what says that it is ready, whatever is loaded, and waits; what
# refuses the weights; what is killed while it loads.
WRITER = '#!/bin/sh\nexec {python} -m tests.tiny_qalign "$@"\n'
READY = """#!/bin/sh
exec {python} -c '
import sys, time
from multiprocessing.connection import Connection
Connection(int(sys.argv[3])).send(None)
time.sleep(600)' "$@"
"""
REFUSES = """#!/bin/sh
exec {python} -c '
import sys
from multiprocessing.connection import Connection
from cmc.core.errors import CMCError
Connection(int(sys.argv[3])).send(CMCError("no such weights"))' "$@"
"""
KILLED = "#!/bin/sh\necho one more layer\necho no more room >&2\nkill -9 $$\n"


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    gt = np.asarray(photo("coffee.png").resize((64, 48)))
    return np.stack([gt, 255 - gt, np.roll(gt, 20, 1)])


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    (folder / "one-align").mkdir()
    return folder


@pytest.fixture(scope="module")
def metric(weights: Path, pictures: np.ndarray) -> Metric:
    """By weights that its process writes first."""
    entry = METRICS.get("qalign")
    check_weights(weights, [entry])
    np.save(weights / "pictures.npy", pictures)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "executable", program(weights / "python", WRITER.format(python=PYTHON)))
        return build_metrics([entry], weights, CPU, torch.float32, None, False)["qalign"]


def test_it_is_pyiqas_and_leaves_transformers_as_it_is(metric: Metric, weights: Path, pictures: np.ndarray) -> None:
    scores, there = metric.score(list(pictures), None), found(weights)
    assert scores == pytest.approx(there["pyiqa"]["quality"], abs=1e-5, rel=0)
    assert there["aesthetics"] == pytest.approx(there["pyiqa"]["aesthetics"], abs=1e-5, rel=0)
    assert len({*scores, *there["aesthetics"]}) == 2 * len(pictures)
    assert modeling_llama.LlamaModel.forward.__module__.startswith("transformers.")
    assert not [name for name in sys.modules if "q_align" in name]
    assert metric.note == "qalign is by one-align, in half precision"


def test_a_picture_that_fails_is_told_and_the_next_one_scored(metric: Metric, pictures: np.ndarray) -> None:
    with pytest.raises(CMCError, match=r"^Q-Align failed: RuntimeError: permute"):
        metric.score([pictures[0, 0]], None)
    assert metric.score(pictures[:1], None) == metric.score(pictures[:1], None)


def test_a_killed_process_is_told_and_started_anew(
    metric: Metric, weights: Path, pictures: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metric.score(pictures[:1], None)
    (child,) = children(weights / "one-align")
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(CMCError, match=r"^the process of qalign was killed by SIGKILL, its last words: "):
        metric.score(pictures[:1], None)
    assert not children(weights / "one-align")
    monkeypatch.setattr(sys, "executable", program(tmp_path / "python", KILLED))
    with pytest.raises(CMCError, match=r"was killed by SIGKILL, its last words: no more room; see"):
        metric.score(pictures[:1], None)
    monkeypatch.setattr(sys, "executable", program(tmp_path / "python", "#!/bin/sh\nexit 3\n"))
    with pytest.raises(CMCError, match=r"the process of qalign was ended with exit code 3, it said nothing; see"):
        metric.score(pictures[:1], None)


def test_one_that_cannot_load_is_told_alike_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path / "python", READY.format(python=PYTHON)))
    process = QAlignProcess("qalign", "quality", tmp_path, CPU)
    (child,) = children(tmp_path)
    child.kill()
    with pytest.raises(CMCError, match="SIGKILL"):
        process.score(np.zeros((8, 8, 3), np.uint8))
    monkeypatch.setattr(sys, "executable", program(tmp_path / "python", REFUSES.format(python=PYTHON)))
    for _ in range(2):
        with pytest.raises(CMCError, match=r"^no such weights$"):
            process.score(np.zeros((8, 8, 3), np.uint8))


def test_it_ends_with_its_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path / "python", READY.format(python=PYTHON)))
    process = QAlignProcess("qalign", "quality", tmp_path, CPU)
    assert len(children(tmp_path)) == 1
    del process
    gc.collect()
    assert not children(tmp_path)


def test_weights_that_do_not_fit_are_named(metric: Metric, weights: Path, tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"one-align; download https://huggingface\.co/q-future/one-align into"):
        check_weights(tmp_path, [METRICS.get("qalign_aesthetics")])
    missing, unknown, misshapen = found(weights)["refusals"]
    assert "(1 missing: model.layers.1.self_attn.k_proj.multiway.1.weight)" in missing
    assert "(1 unknown: head.bias)" in unknown
    assert "(1 of another shape: model.layers.1.self_attn.k_proj.multiway.1.weight)" in misshapen


def found(weights: Path) -> dict[str, Any]:
    return json.loads((weights / "found.json").read_text(encoding="utf-8"))


def children(folder: Path) -> list[psutil.Process]:
    """Of this process, those that have a folder of weights loaded; other tests have children too."""
    return [child for child in psutil.Process().children() if str(folder.resolve()) in child.cmdline()]


def program(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o700)
    return str(path)
