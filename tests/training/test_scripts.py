"""The training scripts from nothing, a few steps each: what they write is what the toolkit loads."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from cmc.cli.i2t import main as caption
from cmc.cli.maps import main as find
from cmc.cli.t2i import main as decode
from cmc.core.captions import read_captions, write_captions
from cmc.core.images import load_rgb, save_png
from cmc.maps.map_file import read_maps
from cmc.metrics.topiq import topiq_fr, topiq_nr
from cmc.scenes.render import scenes
from cmc.scenes.tiny_models import maps_flags
from training import backbone, captioner, captioner_batches, clip, diffusion, distorted_scenes, lessons, topiq, vae
from training.data import SceneSet, scene_set

FEW, BATCH = 4, 2


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Runs a script's `main` on few scenes, with `steps` of small batches."""

    def few(folder: Path, use: str, count: int) -> SceneSet:
        return scene_set(folder, use, min(count, FEW))

    def run(script: ModuleType, steps: int) -> None:
        monkeypatch.setattr(script, "scene_set", few)
        folders = ["--work", str(tmp_path / "work"), "--out", str(tmp_path / "models")]
        monkeypatch.setattr("sys.argv", [script.__name__, "--steps", str(steps), *folders])
        script.main()

    for module in (vae, captioner_batches, backbone):
        monkeypatch.setattr(module, "BATCH", BATCH)
    monkeypatch.setattr(lessons, "LESSONS", dict.fromkeys(lessons.LESSONS, 1))
    monkeypatch.setattr(lessons, "REFERRED", {"image": 2, "pixel": FEW})
    monkeypatch.setattr(diffusion, "READING_STEPS", 1)
    monkeypatch.setattr(vae, "ENCODER_STEPS", 1)
    monkeypatch.setattr(distorted_scenes, "REFERENCES", FEW)
    monkeypatch.setattr(topiq, "BACKBONE_STEPS", 1)
    monkeypatch.setattr(topiq, "NR_STEPS", 1)
    return run


def test_the_scripts_make_a_codec_that_the_commands_run(
    tmp_path: Path, train: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    train(vae, 2)
    train(diffusion, 1)
    train(captioner, 1)
    printed = capsys.readouterr().out
    for figure in ("validation PSNR", "colour right in", "object "):
        assert figure in printed
    scene = next(scenes("demo", 1))
    (tmp_path / "GT").mkdir()
    save_png(tmp_path / "GT" / f"{scene.name}.png", scene.image)
    root, models = ["--root", str(tmp_path), "--model_name", "tiny", "--model_dir"], tmp_path / "models"
    assert caption([*root, str(models / "captioner")]) == 0
    assert set(read_captions(tmp_path / "Text" / "tiny.csv")) == {scene.name}
    size = ["--max_side", "64", "--steps", "2", "--mode", "text", "--input_path", "tiny"]
    assert decode([*root, str(models / "diffusion"), *size]) == 0
    assert load_rgb(tmp_path / "Result" / "tiny" / "text" / f"{scene.name}.png").size == scene.image.size


def test_the_maps_of_a_trained_clip_are_made_by_the_command(
    tmp_path: Path, train: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    train(clip, 1)
    assert "of settings" in capsys.readouterr().out
    scene = next(scenes("demo", 1))
    (tmp_path / "GT").mkdir()
    save_png(tmp_path / "GT" / f"{scene.name}.png", scene.image)
    write_captions(tmp_path / "true.csv", {scene.name: "[red tent] small\n[sea] at night\n[overall] A tent."})
    table = ["--root", str(tmp_path), "--input_path", str(tmp_path / "true.csv")]
    assert find([*table, *maps_flags(tmp_path / "models")]) == 0
    assert list(read_maps(tmp_path / "Ref" / "map" / f"{scene.name}.map.json").names) == ["red tent", "sea"]


def test_a_finished_script_has_nothing_left_to_train(
    tmp_path: Path, train: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    train(captioner, 1)
    first = (tmp_path / "models" / "captioner" / "model.safetensors").read_bytes()
    train(captioner, 1)
    assert "going on from" in capsys.readouterr().out
    assert (tmp_path / "models" / "captioner" / "model.safetensors").read_bytes() == first


def test_the_metrics_are_fitted_and_say_that_they_are_for_the_demo(
    tmp_path: Path, train: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    train(topiq, 1)
    # Each at two learning rates, the second for a quarter of the epochs.
    assert capsys.readouterr().out.count("epoch   1: loss") == 2
    gt, other = (np.asarray(scene.image) for scene in scenes("demo", 2))
    fr = topiq_fr(tmp_path / "models" / "Weight", torch.device("cpu"), torch.float32, "standard")
    nr = topiq_nr(tmp_path / "models" / "Weight", torch.device("cpu"), torch.float32)
    assert np.isfinite([*fr.score([gt, other], gt), *nr.score([gt, other], None)]).all()
    assert fr.note == nr.note == topiq.NOTE
