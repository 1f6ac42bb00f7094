"""Captioners whose vocabulary is that of drawn scenes, as the tiny one's."""

from dataclasses import replace

from PIL import Image

from cmc.i2t.base import Answer
from cmc.i2t.plain import PlainCaptioner
from cmc.i2t.prompts import MISC_PROMPT
from cmc.scenes.sentences import items_of


class SceneCaptioner(PlainCaptioner):
    """It says one sentence, whatever it is asked; to the question for a structured caption, what that sentence says of
    object and setting as items, and the sentence itself as the whole."""

    layouts = frozenset({"misc"})

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        answers = super().caption(images, prompt)
        return [_itemised(answer) for answer in answers] if prompt == MISC_PROMPT else answers


def _itemised(answer: Answer) -> Answer:
    items = items_of(answer.text)
    return answer if items is None else replace(answer, text=items.to_text())
