"""Scenes: the same from the same seed, showing what they say, never shared between uses."""

import itertools

import numpy as np
import pytest

from benchmarks.tiny import dominant
from cmc.cli import scenes as command
from cmc.core.errors import CMCError
from cmc.core.images import load_rgb
from cmc.core.workspace import content_type
from cmc.scenes.render import SEEDS, render, scenes
from cmc.scenes.words import COLOURS, KINDS, caption, named


def test_same_seed_same_scene() -> None:
    one, again, other = render("NSI", 5), render("NSI", 5), render("NSI", 6)
    assert np.array_equal(one.image, again.image)
    assert (one.text, one.shown) == (again.text, again.shown)
    assert not np.array_equal(one.image, other.image)


@pytest.mark.parametrize("kind", KINDS)
def test_object_has_its_colour_and_stands_out(kind: str) -> None:
    for seed in range(24):
        scene = render(kind, seed)
        assert 0.01 < scene.region.mean() < 0.4
        assert dominant(scene.image, scene.region) == scene.shown.colour
        assert dominant(scene.image) == scene.shown.colour


def test_every_attribute_is_drawn_and_changes_the_picture() -> None:
    shown = [scene.shown for scene in scenes("validation", 360)]
    for kind, choices in KINDS.items():
        here = [one for one in shown if one.kind == kind]
        assert {one.object for one in here} == set(choices.objects)
        assert {one.setting for one in here} == set(choices.settings)
        assert {one.light for one in here} == set(choices.lights)
    assert {one.colour for one in shown} == set(COLOURS)


def test_object_stands_where_it_is_said_to() -> None:
    for scene in scenes("validation", 60):
        x = np.nonzero(scene.region)[1].mean() / scene.image.width
        assert {"left": x < 0.4, "middle": 0.4 < x < 0.6, "right": x > 0.6}[scene.shown.position]


def test_captions_name_what_is_shown_in_several_ways() -> None:
    shown = render("SCI", 1).shown
    texts = {caption(shown, np.random.default_rng(seed)) for seed in range(40)}
    assert len(texts) == 4
    for text in texts:
        assert all(named(text, shown).values())


def test_a_caption_that_names_another_thing_too_is_wrong() -> None:
    shown = render("NSI", 3).shown
    other = next(colour for colour in COLOURS if colour != shown.colour)
    truth = f"A {shown.colour} {shown.object} by the {shown.setting}."
    assert named(truth, shown) == {"object": True, "colour": True, "setting": True}
    assert named(f"{truth} It is {other}.", shown)["colour"] is False
    assert named("A picture.", shown) == {"object": False, "colour": False, "setting": False}


def test_no_seed_has_two_uses() -> None:
    for one, other in itertools.combinations(SEEDS.values(), 2):
        assert not range(max(one.start, other.start), min(one.stop, other.stop))


def test_sizes_and_types_are_checked() -> None:
    assert render("AIGI", 0, 256).image.size == (256, 256)
    with pytest.raises(CMCError, match="64 to 1024"):
        render("AIGI", 0, 32)
    with pytest.raises(CMCError, match="there are NSI"):
        render("NSFW", 0)


def test_command_fills_gt_with_the_benchmarks_names(tmp_path, capsys) -> None:
    assert command.main(["--root", str(tmp_path), "--count", "7", "--side", "64"]) == 0
    names = sorted(path.stem for path in (tmp_path / "GT").glob("*.png"))
    assert [content_type(name) for name in names] == (
        [("AIGI", "shape")] * 2 + [("NSI", "land")] * 3 + [("SCI", "window")] * 2
    )
    scene = render("NSI", SEEDS["demo"][0], 64)
    assert np.array_equal(load_rgb(tmp_path / "GT" / f"{scene.name}.png"), scene.image)
    assert "7 scenes" in capsys.readouterr().out
