"""Scenes: the same from the same seed, showing what they say, never shared between uses."""

import itertools

import numpy as np
import pytest

from cmc.core.errors import CMCError
from cmc.scenes.attributes import COLOURS, KINDS, caption, named_attributes
from cmc.scenes.hue import dominant_colour
from cmc.scenes.render import SEEDS, render, scenes


def test_same_seed_same_scene() -> None:
    scene, again, other = render("NSI", 5), render("NSI", 5), render("NSI", 6)
    assert np.array_equal(scene.image, again.image)
    assert (scene.text, scene.shown) == (again.text, again.shown)
    assert not np.array_equal(scene.image, other.image)


@pytest.mark.parametrize("kind", KINDS)
def test_object_has_its_colour_and_stands_out(kind: str) -> None:
    for seed in range(24):
        scene = render(kind, seed)
        assert 0.01 < scene.region.mean() < 0.4
        assert dominant_colour(scene.image, scene.region) == scene.shown.colour
        assert dominant_colour(scene.image) == scene.shown.colour


def test_every_attribute_is_drawn_and_changes_the_picture() -> None:
    shown = [scene.shown for scene in scenes("validation", 360)]
    for kind, choices in KINDS.items():
        of_kind = [attributes for attributes in shown if attributes.kind == kind]
        assert {attributes.object for attributes in of_kind} == set(choices.objects)
        assert {attributes.setting for attributes in of_kind} == set(choices.settings)
        assert {attributes.light for attributes in of_kind} == set(choices.lights)
    assert {attributes.colour for attributes in shown} == set(COLOURS)


def test_object_stands_where_it_is_said_to() -> None:
    for scene in scenes("validation", 60):
        x = np.nonzero(scene.region)[1].mean() / scene.image.width
        assert {"left": x < 0.4, "middle": 0.4 < x < 0.6, "right": x > 0.6}[scene.shown.position]


def test_captions_name_what_is_shown_in_several_ways() -> None:
    shown = render("SCI", 1).shown
    texts = {caption(shown, np.random.default_rng(seed)) for seed in range(40)}
    assert len(texts) == 4
    for text in texts:
        assert all(named_attributes(text, shown).values())


def test_a_caption_that_names_another_thing_too_is_wrong() -> None:
    shown = render("NSI", 3).shown
    other = next(colour for colour in COLOURS if colour != shown.colour)
    truth = f"A {shown.colour} {shown.object} by the {shown.setting}."
    assert named_attributes(truth, shown) == {"object": True, "colour": True, "setting": True}
    assert named_attributes(f"{truth} It is {other}.", shown)["colour"] is False
    assert named_attributes("A picture.", shown) == {"object": False, "colour": False, "setting": False}


def test_no_seed_has_two_uses() -> None:
    for seeds, others in itertools.combinations(SEEDS.values(), 2):
        assert not range(max(seeds.start, others.start), min(seeds.stop, others.stop))


def test_sizes_and_types_are_checked() -> None:
    assert render("AIGI", 0, 256).image.size == (256, 256)
    with pytest.raises(CMCError, match="64 to 1024"):
        render("AIGI", 0, 32)
    with pytest.raises(CMCError, match="there are NSI"):
        render("NSFW", 0)
    for count in (0, 300_001):
        with pytest.raises(CMCError, match="expected 1 to 300000"):
            next(scenes("demo", count))
