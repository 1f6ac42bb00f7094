"""Where a scene's items are: a block is an item's where a perfect similarity passes the threshold of maps."""

import numpy as np
import pytest

from cmc.scenes.render import scenes
from cmc.scenes.sentences import items_of
from cmc.scenes.where import overlap, scene_maps


def _region(rows: slice, columns: slice) -> np.ndarray:
    region = np.zeros((128, 128), bool)
    region[rows, columns] = True
    return region


def test_whole_blocks_are_the_object_s_and_all_others_the_setting_s() -> None:
    wanted = np.zeros((8, 8), bool)
    wanted[2:6, 1:4] = True
    thing, setting = scene_maps(_region(slice(32, 96), slice(16, 64)))
    assert np.array_equal(thing, wanted)
    assert np.array_equal(setting, ~wanted)


# A block is 16 pixels, the blur's deviation 7.5: of the fourth one 0.70, 0.50 and 0.21 is left of the edge.
@pytest.mark.parametrize(("edge", "of_object", "of_setting"), [(60, True, False), (56, True, True), (50, False, True)])
def test_a_shared_block_belongs_to_whom_it_shows_more_than_a_third_of(
    edge: int, of_object: bool, of_setting: bool
) -> None:
    thing, setting = scene_maps(_region(slice(None), slice(edge)))
    assert thing[:, :3].all()
    assert not thing[:, 4:].any()
    assert (thing[:, 3] == of_object).all()
    assert (setting[:, 3] == of_setting).all()
    assert np.array_equal(setting[:, 4:], ~thing[:, 4:])


def test_what_is_too_small_for_a_block_is_nowhere() -> None:
    thing, setting = scene_maps(_region(slice(70, 74), slice(70, 74)))
    assert not thing.any()
    assert setting.all()


def test_a_scene_s_maps_are_those_of_the_items_that_its_caption_names() -> None:
    for scene in scenes("validation", 60):
        items = items_of(scene.text)
        assert items
        assert [item.name for item in items.items] == [
            f"{scene.shown.colour} {scene.shown.object}",
            scene.shown.setting,
        ]
        thing, setting = scene_maps(scene.region)
        assert 0 < thing.sum() < setting.sum()
        assert (thing | setting).all()
        x = np.nonzero(thing)[1].mean() / 7
        assert {"left": x < 0.4, "middle": 0.3 < x < 0.7, "right": x > 0.6}[scene.shown.position]


def test_overlap_is_intersection_over_union() -> None:
    found, true = np.zeros((3, 8, 8), bool), np.zeros((3, 8, 8), bool)
    found[0, 0, :3] = true[0, 0, 1:5] = True
    found[1, 4] = True
    assert overlap(found, true).tolist() == [2 / 5, 0, 1]
