"""The painter's lessons: each mode from what the benchmark gives it, at the noise that its strength allows."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.codecs.pixelgrid import BLOCK
from cmc.core.images import save_png
from cmc.core.modes import MODES
from cmc.scenes.render import scenes
from cmc.stages.decode import start_image
from cmc.stages.make_references import make_references
from training import references
from training.diffusion import LESSONS, REFERRED, Lesson
from training.miniature import scheduler
from training.vae import SIDE

COUNT = 200


def _lesson(strength: float, referred: bool) -> Lesson:
    seeded = torch.Generator().manual_seed(0)
    clean, reference = (torch.randn(5, 4, 4, 4, generator=seeded) for _ in range(2))
    return Lesson(clean, torch.arange(5)[:, None], reference if referred else None, strength)


def _drawn(lesson: Lesson) -> tuple[torch.Tensor, ...]:
    return lesson.draw(COUNT, scheduler(), torch.Generator().manual_seed(1))


def test_every_mode_has_its_lesson_and_its_reference() -> None:
    assert set(LESSONS) == set(MODES)
    assert set(REFERRED) == {mode.reference for mode in MODES.values() if mode.reference}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_noise_goes_no_further_than_the_mode_s_strength(mode) -> None:
    clean, noise, times, words = _drawn(_lesson(mode.strength, mode.reference is not None))
    assert times.min() >= 0
    assert 0.9 * mode.strength * 1000 < times.max() < mode.strength * 1000
    assert torch.equal(clean, _lesson(mode.strength, False).clean[words[:, 0]])
    assert noise.shape == clean.shape


@pytest.mark.parametrize("strength", [0.5, 0.8])
def test_a_lesson_starts_where_the_sampler_does(strength: float) -> None:
    """At the mode's strength, noise on the clean picture is noise on the reference."""
    levels, lesson = scheduler(), _lesson(strength, True)
    clean, noise, _, words = _drawn(lesson)
    _, pure, _, _ = _drawn(_lesson(strength, False))
    first = torch.full((COUNT,), round(strength * 1000) - 1)
    assert lesson.reference is not None
    wanted = levels.add_noise(lesson.reference[words[:, 0]], pure, first)
    assert torch.allclose(levels.add_noise(clean, noise, first), wanted, atol=1e-5)
    assert not torch.allclose(noise, pure, atol=0.1)


def test_half_way_leaves_most_of_a_small_picture_to_be_seen() -> None:
    kept = scheduler().alphas_cumprod
    assert 0.55 < kept[499] < 0.7
    assert 0.08 < kept[799] < 0.2
    assert kept[999] == 0


@pytest.mark.parametrize("kind", REFERRED)
def test_references_are_those_of_the_benchmark_s_command(tmp_path: Path, kind: str) -> None:
    images = np.stack([np.asarray(one.image) for one in scenes("train", 2)])
    found = references.references(tmp_path, kind, images, SIDE)
    for name, pixels in zip("ab", images, strict=True):
        save_png(tmp_path / f"{name}.png", references.Image.fromarray(pixels))
    paths = {name: tmp_path / f"{name}.png" for name in "ab"}
    assert not any(one.error for one in make_references(paths, tmp_path / "ref", "", references.CODERS[kind], 1))
    for name, pixels in zip("ab", found, strict=True):
        wanted = start_image(tmp_path / "ref" / f"{name}.png", (2 * BLOCK, 2 * BLOCK), (SIDE, SIDE))
        assert np.array_equal(pixels, np.asarray(wanted))


def test_references_that_are_there_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "CHUNK", 2)
    images = np.stack([np.asarray(one.image) for one in scenes("train", 3)])
    first = references.references(tmp_path, "pixel", images, SIDE)
    assert first.shape == (3, SIDE, SIDE, 3)
    sorted(tmp_path.glob("*-2-*.npy"))[0].unlink()
    made = []
    coder = references.CODERS["pixel"]
    monkeypatch.setitem(references.CODERS, "pixel", lambda image: made.append(image) or coder(image))
    assert np.array_equal(references.references(tmp_path, "pixel", images, SIDE), first)
    assert len(made) == 1
