import numpy as np
import pytest

from cmc.audit.form import Form, FormObject
from cmc.core.items import Item, Items
from cmc.scenes.attributes import KINDS, Attributes, caption, random_attributes
from cmc.scenes.sentences import form_of, is_of_scenes, items_of


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_the_object_and_the_setting_are_items_in_every_form_of_a_sentence(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shown: Attributes = random_attributes(kind, rng)
    sentence = caption(shown, rng)
    items = items_of(sentence)
    assert items is not None
    assert items.overall == sentence
    main, setting = items.items
    assert main.name == f"{shown.colour} {shown.object}"
    assert main.detail.startswith(f"{shown.size} {shown.colour} {shown.object} ")
    assert main.detail.endswith(shown.position)
    assert setting == Item(shown.setting, f"{KINDS[kind].settings[shown.setting]} {shown.light}")
    assert form_of(sentence) == Form((FormObject(shown.object, 1, shown.colour),), shown.setting, ())


def test_what_a_sentence_does_not_name_is_no_item() -> None:
    assert items_of("a red thing by the sea.") is None
    assert form_of("a red thing by the sea.") == Form((), "sea", ())
    assert form_of("a tent.") == Form((FormObject("tent", 1, ""),), "", ())
    assert form_of("a small orange small in small.") is None
    assert items_of("a tent.") == Items((Item("tent", "tent"),), "a tent.")


def test_a_vocabulary_is_of_scenes_where_all_its_words_are() -> None:
    assert is_of_scenes(["[CLS]", "##s", "a", ".", "boat", "sunny", "there", "picture"])
    assert not is_of_scenes(["boat", "sunny", "dog"])
    assert not is_of_scenes(["a", "b"])
