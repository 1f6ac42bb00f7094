"""The denoiser's lessons: each mode from what the benchmark gives it, at the noise that its strength allows."""

import pytest
import torch

from cmc.core.modes import MODES, Mode
from training.lessons import LESSONS, REFERRED, Lesson
from training.miniature import noise_schedule

COUNT = 200


def _lesson(strength: float, referred: bool) -> Lesson:
    seeded = torch.Generator().manual_seed(0)
    clean, reference = (torch.randn(5, 4, 4, 4, generator=seeded) for _ in range(2))
    return Lesson(clean, torch.arange(5)[:, None], reference if referred else None, strength)


def _drawn(lesson: Lesson) -> tuple[torch.Tensor, ...]:
    return lesson.draw(COUNT, noise_schedule(), torch.Generator().manual_seed(1))


def test_every_mode_has_its_lesson_and_its_reference() -> None:
    assert set(LESSONS) == set(MODES)
    assert set(REFERRED) == {mode.reference for mode in MODES.values() if mode.reference}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_noise_goes_no_further_than_the_mode_s_strength(mode: Mode) -> None:
    clean, noise, times, prompts = _drawn(_lesson(mode.strength, mode.reference is not None))
    assert times.min() >= 0
    assert 0.9 * mode.strength * 1000 < times.max() < mode.strength * 1000
    assert torch.equal(clean, _lesson(mode.strength, False).clean[prompts[:, 0]])
    assert noise.shape == clean.shape


@pytest.mark.parametrize("strength", [0.5, 0.8])
def test_a_lesson_starts_where_the_sampler_does(strength: float) -> None:
    """At the mode's strength, noise on the clean picture is noise on the reference."""
    schedule, lesson = noise_schedule(), _lesson(strength, True)
    clean, noise, _, prompts = _drawn(lesson)
    _, pure, _, _ = _drawn(_lesson(strength, False))
    first = torch.full((COUNT,), round(strength * 1000) - 1)
    assert lesson.reference is not None
    wanted = schedule.add_noise(lesson.reference[prompts[:, 0]], pure, first)
    assert torch.allclose(schedule.add_noise(clean, noise, first), wanted, atol=1e-5)
    assert not torch.allclose(noise, pure, atol=0.1)


def test_half_way_leaves_most_of_a_small_picture_to_be_seen() -> None:
    kept = noise_schedule().alphas_cumprod
    assert 0.55 < kept[499] < 0.7
    assert 0.08 < kept[799] < 0.2
    assert kept[999] == 0
