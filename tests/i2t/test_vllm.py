"""Captions by vLLM itself, on a tiny checkpoint; where it is not installed, the other tests of vLLM end before it."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from cmc.cli.i2t import main
from cmc.core.captions import read_captions
from cmc.core.failed_csv import read_failures
from cmc.core.run_file import read_run
from cmc.i2t.base import Answer, Captioner
from cmc.i2t.checkpoints import from_transformers
from cmc.i2t.vllm_settings import INSTALL, installed_vllm
from tests import tiny_i2t
from tests.conftest import photo

pytestmark = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason=f"vLLM is not installed: {INSTALL}")
ROOT = Path(__file__).parents[2]
ASKED = "Name the colours."
CPU, SIZES = torch.device("cpu"), ((96, 64), (64, 64), (40, 120), (64, 96))
IMAGES = [photo(name).resize(size) for name in ("coffee.png", "astronaut.png") for size in SIZES]
THIN = photo("coffee.png").resize((1, 2000))


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    return tiny_i2t.qwen2_vl(tmp_path_factory.mktemp("qwen"), width=128)


@pytest.fixture(scope="module")
def captioner(qwen: Path) -> Captioner:
    """The one that this process may load: vLLM's groups of processes are made once."""
    return from_transformers(str(qwen), CPU, torch.float32, 12, vllm=installed_vllm(CPU))


def _plain(qwen: Path, most: int = 12) -> Captioner:
    return from_transformers(str(qwen), CPU, torch.float32, most)


def test_captions_are_those_of_transformers_token_by_token(qwen: Path, captioner: Captioner) -> None:
    plain = _plain(qwen)
    answers = captioner.caption(IMAGES, ASKED)
    assert answers == [plain.caption([image], ASKED)[0] for image in IMAGES]
    assert len({answer.text for answer in answers}) > 1
    assert captioner.describe() == plain.describe()


def test_captions_are_the_same_alone_and_in_a_batch_of_eight(captioner: Captioner) -> None:
    assert captioner.caption(IMAGES, ASKED) == [captioner.caption([image], ASKED)[0] for image in IMAGES]


def test_a_shape_that_a_processor_refuses_fails_alone(qwen: Path, captioner: Captioner) -> None:
    answers = captioner.caption([*IMAGES[:2], THIN, IMAGES[2]], ASKED)
    assert [answers[0], answers[1], answers[3]] == captioner.caption(IMAGES[:3], ASKED)
    assert [answers[2]] == _plain(qwen).caption([THIN], ASKED)


def test_overflow_is_an_error_and_no_caption(captioner: Captioner) -> None:
    def spoil(model: torch.nn.Module) -> None:
        model.language_model.model.norm.weight.data[:] = float("nan")

    def restore(model: torch.nn.Module) -> None:
        model.language_model.model.norm.weight.data.copy_(kept)

    kept = captioner._llm.apply_model(lambda model: model.language_model.model.norm.weight.data.clone())[0]
    captioner._llm.apply_model(spoil)
    try:
        answers = captioner.caption(IMAGES[:2], ASKED)
    finally:
        captioner._llm.apply_model(restore)
    assert answers == [Answer(error="numbers overflowed in torch.float32; try --dtype bf16 or fp32")] * 2


def _arguments(space: Path, folder: Path, *more: str) -> list[str]:
    return ["--root", str(space), "--model_name", "tiny", "--model_dir", str(folder), "--explen", "5", *more]


def _by_vllm(arguments: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "script-i2t.py", *arguments, "--engine", "vllm"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_killed_and_started_again_gives_the_table_of_transformers_but_for_its_name(space: Path, qwen: Path) -> None:
    for index in range(12):
        photo("coffee.png").resize((96, 64)).rotate(3 * index).save(space / "GT" / f"NSI_x_{index:03d}.png")
    THIN.save(space / "GT/thin.png")
    arguments = _arguments(space, qwen, "--batch_size", "2")
    output, whole = space / "Text/tiny.csv", space / "Text/whole.csv"
    running = _by_vllm(arguments)
    while not (output.is_file() and len(read_captions(output)) >= 4):
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert 4 <= len(read_captions(output)) < 17
    again = _by_vllm(arguments)
    said, complaints = again.communicate()
    assert again.returncode == 1, complaints
    assert "17 of 18 captions" in said
    assert "thin.png: 1x2000 pixels: absolute aspect ratio must be smaller than 200" in said
    assert main([*arguments, "--output_path", str(whole)]) == 1
    assert output.read_bytes() == whole.read_bytes()
    failures = [read_failures(path.with_suffix(".failed.csv")) for path in (output, whole)]
    assert failures[0] == failures[1]
    assert failures[0].keys() == {"thin.png"}
    settings = read_run(output.with_suffix(".run.json"))["settings"]
    assert settings == read_run(whole.with_suffix(".run.json"))["settings"] | installed_vllm(CPU).record()


def test_a_checkpoint_that_vllm_does_not_load_is_one_line(space: Path, tmp_path: Path) -> None:
    failing = _by_vllm(_arguments(space, tiny_i2t.llava(tmp_path)))
    _, complaints = failing.communicate()
    assert failing.returncode == 2
    assert "error: vLLM cannot load" in complaints
    assert complaints.strip().splitlines()[-1].endswith("leave out --engine vllm")
    assert not (space / "Text/tiny.csv").exists()
