import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.cli.codec import main
from cmc.codecs.learned import INSTALL
from cmc.codecs.tensors import padded
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from tests.conftest import photo

SIZES = {"cheng2020-anchor": (8,), "cheng2020-attn": (8,), "mbt2018-mean": (8, 8)}


def tiny_state(name: str, seed: int = 0) -> dict[str, torch.Tensor]:
    """The weights of a tiny model, random."""
    from compressai.zoo.image import model_architectures

    torch.manual_seed(seed)
    state = model_architectures[name](*SIZES[name]).state_dict()
    last = max(key for key in state if key.startswith("g_a.") and key.endswith(".weight"))
    # Random latents would all round to nothing.
    state[last] *= 300
    return state


@pytest.fixture
def checkpoint(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A tiny model with random weights, as a training script saves it."""
    state = tiny_state(request.param)
    torch.save({"epoch": 1, "state_dict": {f"module.{key}": value for key, value in state.items()}}, tmp_path / "a.pth")
    return tmp_path / "a.pth"


@pytest.mark.parametrize(("name", "checkpoint"), [(name, name) for name in SIZES], indirect=["checkpoint"])
def test_streams_alone_decode_to_the_picture(name: str, checkpoint: Path) -> None:
    image, another = (photo(source).resize((75, 51)) for source in ("coffee.png", "chelsea.png"))
    codec = CODECS.get(name).create(qp=1, checkpoint=str(checkpoint))
    coded, other = codec.code(image), codec.code(another)
    assert coded.picture.size == image.size
    assert coded.stream != other.stream
    assert coded.picture.tobytes() != other.picture.tobytes()
    assert codec.decode(coded.stream, image.size).tobytes() == coded.picture.tobytes()
    for bad in (b"", b"abc", coded.stream[:5], *(coded.stream[:-cut] for cut in (1, 2, 3))):
        with pytest.raises(CMCError):
            codec.decode(bad, image.size)
    # A whole word fewer is another picture.
    assert codec.decode(coded.stream[:-4], image.size).tobytes() != coded.picture.tobytes()


@pytest.mark.parametrize("checkpoint", ["mbt2018-mean"], indirect=True)
def test_entropy_coding_loses_nothing_of_what_the_network_makes(checkpoint: Path) -> None:
    image = photo("coffee.png").resize((75, 51))
    codec = CODECS.get("mbt2018-mean").create(qp=1, checkpoint=str(checkpoint))
    with torch.no_grad():
        whole = codec._model(padded(image, 64))["x_hat"][0, :, :51, :75].clamp(0, 1)
    pixels = np.asarray(codec.code(image).picture, dtype=float).transpose(2, 0, 1) / 255
    assert np.abs(whole.numpy() - pixels).max() < 0.01


@pytest.mark.parametrize("checkpoint", ["mbt2018-mean"], indirect=True)
def test_results_from_a_checkpoint_and_refused_ones(
    space: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--root", str(space), "--codec", "mbt2018-mean", "--qp", "1", "--limit", "2"]
    assert main([*arguments, "--model_dir", str(checkpoint), "--result_name", "mine"]) == 0
    assert len(list((space / "Result/mine-qp1/image").glob("*.png"))) == 2
    assert main([*arguments, "--model_dir", str(space / "none.pth"), "--result_name", "other"]) == 2
    assert "none.pth is missing" in capsys.readouterr().err
    (space / "bad.pth").write_bytes(b"rubbish")
    assert main([*arguments, "--model_dir", str(space / "bad.pth"), "--result_name", "other"]) == 2
    arguments[3] = "cheng2020-anchor"
    assert main([*arguments, "--model_dir", str(checkpoint), "--result_name", "other"]) == 2
    assert "expected weights of cheng2020-anchor" in capsys.readouterr().err


def test_the_install_command_names_what_is_tested_here() -> None:
    requirements = (Path(__file__).parents[2] / "requirements-learned.txt").read_text(encoding="utf-8")
    named = [line.partition(">=")[0] for line in requirements.splitlines() if not line.startswith("#")]
    assert INSTALL.split()[3:] == named


def test_without_the_package_the_install_command_is_said(
    space: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main(["--root", str(space), "--codec", "cheng2020-attn", "--qp", "1"]) == 2
    assert f"cheng2020-attn needs compressai: {INSTALL}" in capsys.readouterr().err
    assert not (space / "Result").exists()
