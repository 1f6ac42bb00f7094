import pytest
import torch

from cmc.core.items import Items
from cmc.i2t.base import Captioner
from cmc.i2t.itemised.answer import checked_items
from cmc.i2t.prompts import MISC_PROMPT, PROMPTS
from cmc.i2t.scenes import SceneCaptioner
from cmc.registry import I2T
from cmc.scenes.render import scenes
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
