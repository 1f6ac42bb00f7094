"""Captioners whose vocabulary is that of drawn scenes, as the tiny one's."""

from dataclasses import replace

from PIL import Image

from cmc.audit.form import QUESTION
from cmc.i2t.base import Answer
from cmc.i2t.plain import PlainCaptioner
from cmc.i2t.prompts import MISC_PROMPT
from cmc.scenes.sentences import form_of, items_of


class SceneCaptioner(PlainCaptioner):
    """It says one sentence, whatever it is asked. To the question for a structured caption, what that sentence says of
    object and setting as items, and the sentence itself as the whole; to the audit's, the form that it fills in."""

    layouts = frozenset({"misc", "audit"})

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        answers = super().caption(images, prompt)
        translate = _TRANSLATIONS.get(prompt)
        return answers if translate is None else [translate(answer) for answer in answers]


def _itemised(answer: Answer) -> Answer:
    items = items_of(answer.text)
    return answer if items is None else replace(answer, text=items.to_text())


def _filled_in(answer: Answer) -> Answer:
    form = form_of(answer.text)
    return answer if form is None else replace(answer, text=form.to_json())


# By the question that is answered otherwise than by the sentence itself.
_TRANSLATIONS = {MISC_PROMPT: _itemised, QUESTION: _filled_in}
