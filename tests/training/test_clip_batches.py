"""What the tiny CLIP learns from: names, the sentences that say them, and where in each picture they are."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPImageProcessor

from cmc.maps.templates import templates
from cmc.scenes.where import scene_maps
from training.clip_batches import BATCH, TEMPLATES, Batch, clip_pixels, draw_batch, item_names
from training.data import SceneSet, scene_set
from training.miniature import tokenizer

TOKENS = tokenizer([*templates(), "red orange green circle tent window"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> SceneSet:
    return scene_set(tmp_path_factory.mktemp("scenes"), "train", 6)


def _draw(data: SceneSet, seed: int) -> Batch:
    return draw_batch(data, item_names(data), TOKENS, np.random.default_rng(seed))


def test_names_are_the_object_s_and_the_setting_s(data: SceneSet) -> None:
    wanted = [[f"{shown.colour} {shown.object}", shown.setting] for shown in data.shown]
    assert item_names(data) == wanted


def test_every_picture_has_the_maps_of_its_names(data: SceneSet) -> None:
    batch = _draw(data, 0)
    named = sorted({name for pair in item_names(data) for name in pair})
    assert len(batch.tokens) == 1 + len(named)
    pictures = clip_pixels(data.images)
    for pixels, items, maps in zip(batch.pixels, batch.items, batch.maps, strict=True):
        index = next(i for i, picture in enumerate(pictures) if torch.equal(picture, pixels))
        assert [named[item] for item in items] == item_names(data)[index]
        assert np.array_equal(maps.numpy(), scene_maps(data.regions[index]))
    assert len(batch.pixels) == BATCH


def test_the_same_sentences_are_said_of_nothing_and_of_every_name(data: SceneSet) -> None:
    batch = _draw(data, 0)
    named = ["", *sorted({name for pair in item_names(data) for name in pair})]
    said = [[TOKENS.decode(ids, skip_special_tokens=True) for ids in sentences] for sentences in batch.tokens]
    empty = said[0]
    assert len(set(empty)) == TEMPLATES
    for name, sentences in zip(named, said, strict=True):
        assert [" ".join(words.replace(name, "").split()) for words in sentences] == [
            " ".join(words.split()) for words in empty
        ]
        assert all(name in words for words in sentences)
    assert not torch.equal(_draw(data, 1).tokens, batch.tokens)


def test_pixels_are_scaled_as_clip_s(data: SceneSet, tmp_path: Path) -> None:
    processor = CLIPImageProcessor(do_resize=False, do_center_crop=False)
    wanted = processor(list(np.array(data.images)), return_tensors="pt").pixel_values
    assert torch.allclose(clip_pixels(data.images), wanted, atol=1e-5)
