"""One thing is planted, and nothing else changes."""

from dataclasses import asdict

import numpy as np
import pytest

from cmc.scenes.attributes import KINDS, named_attributes
from cmc.scenes.planted import ERRORS, spoilt
from cmc.scenes.render import render


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("kind", KINDS)
def test_one_attribute_alone_is_another(kind: str, error: str) -> None:
    for seed in range(6):
        true, planted = render(kind, seed), spoilt(kind, seed, error)
        before, after = asdict(true.shown), asdict(planted.shown)
        assert [name for name in before if before[name] != after[name]] == [ERRORS[error].attribute]
        assert (after["object"] == "") == ERRORS[error].removed == (not planted.region.any())
        assert not planted.text or all(named_attributes(planted.text, planted.shown).values())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_planted_stays_where_it_is(kind: str) -> None:
    true = render(kind, 3)
    colour, setting, gone = (spoilt(kind, 3, error) for error in ("another colour", "another setting", "no object"))
    assert np.array_equal(true.region, colour.region)
    assert np.array_equal(true.region, setting.region)
    around = ~true.region
    same = (np.asarray(true.image) == np.asarray(colour.image)).all(2)
    assert same[around].mean() > 0.97
    assert not same[true.region].all()
    # Shadows fall beside an object.
    assert (np.asarray(true.image) == np.asarray(gone.image)).all(2)[around].mean() > 0.9


def test_the_same_seed_has_the_same_error() -> None:
    first, again = spoilt("SCI", 9, "another object"), spoilt("SCI", 9, "another object")
    assert np.array_equal(np.asarray(first.image), np.asarray(again.image))
    assert first.shown == again.shown
    others = {spoilt("NSI", seed, "another setting").shown.setting for seed in range(20)}
    assert len(others) == 5
