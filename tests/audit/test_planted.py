"""The audit by the tiny captioner finds what is planted, and leaves a scene that is merely coded alone.

benchmarks/RESULTS.md has both over more scenes.
"""

import pytest

from benchmarks.audit import coded, fill_in, spoilt_scenes, tiny_captioner, wrong_fields
from cmc.audit.form import Form
from cmc.i2t.base import Captioner
from cmc.scenes.planted import ERRORS
from cmc.scenes.render import Scene, scenes

COUNT = 9


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    return tiny_captioner()


@pytest.fixture(scope="module")
def drawn() -> list[Scene]:
    return list(scenes("test", COUNT))


@pytest.fixture(scope="module")
def forms(captioner: Captioner, drawn: list[Scene]) -> list[Form | None]:
    return list(fill_in(captioner, [scene.image for scene in drawn]))


def test_planted_errors_are_found(captioner: Captioner, drawn: list[Scene], forms: list[Form | None]) -> None:
    found = dict.fromkeys(ERRORS, 0)
    for error, planted in ERRORS.items():
        spoilt = spoilt_scenes(drawn, error)
        assert [scene.name for scene in spoilt] == [scene.name for scene in drawn]
        for pair in zip(forms, fill_in(captioner, [scene.image for scene in spoilt]), strict=True):
            found[error] += planted.field in (wrong_fields(*pair) or set())
    assert sum(found.values()) >= 0.9 * COUNT * len(ERRORS), found


def test_a_scene_that_is_merely_coded_is_not_accused(
    captioner: Captioner, drawn: list[Scene], forms: list[Form | None]
) -> None:
    others = fill_in(captioner, coded([scene.image for scene in drawn], "jpeg", 95))
    assert [wrong_fields(*pair) for pair in zip(forms, others, strict=True)].count(set()) >= COUNT - 1
