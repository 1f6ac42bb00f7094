import pytest
import torch

from cmc.audit.form import QUESTION
from cmc.audit.reader import read_form
from cmc.core.items import Items
from cmc.i2t.base import Captioner
from cmc.i2t.form_answer import checked_form
from cmc.i2t.itemised.answer import checked_items
from cmc.i2t.prompts import MISC_PROMPT, PROMPTS
from cmc.i2t.scenes import SceneCaptioner
from cmc.registry import I2T
from cmc.scenes.render import scenes
from cmc.scenes.sentences import form_of
from cmc.scenes.tiny_models import TINY


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    folder = str(TINY / "captioner")
    return I2T.find("tiny", folder, "Qwen").create(folder, torch.device("cpu"), torch.float32)


def test_the_tiny_captioner_says_of_a_scene_what_its_items_are(captioner: Captioner) -> None:
    assert isinstance(captioner, SceneCaptioner)
    images = [scene.image for scene in scenes("test", 4)]
    plain = captioner.caption(images, PROMPTS[10])
    for sentence, answer in zip(plain, captioner.caption(images, MISC_PROMPT), strict=True):
        items = Items.from_text(answer.text)
        assert items is not None
        assert items.overall == sentence.text
        assert 1 <= len(items.items) <= 2
        assert checked_items(answer).text == answer.text
        assert Items.from_text(sentence.text) is None


def test_the_tiny_captioner_fills_in_the_audits_form_from_its_sentence(captioner: Captioner) -> None:
    images = [scene.image for scene in scenes("test", 2)]
    sentences = captioner.caption(images, PROMPTS[10])
    for sentence, answer in zip(sentences, captioner.caption(images, QUESTION), strict=True):
        assert read_form(answer.text) == form_of(sentence.text)
        assert checked_form(answer).text == answer.text
