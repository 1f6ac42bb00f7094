"""The check of an answer, whichever encoder gave it: what is no caption becomes a failure with its reason."""

import unicodedata
from dataclasses import replace

from cmc.core.errors import ESCAPES, reason
from cmc.i2t.base import Answer
from cmc.i2t.refusals import declines
from cmc.i2t.thoughts import without_thoughts

# Letters and symbols by their category that nobody sees: fillers of Hangul, the blank of Braille, stand-ins.
BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159\ufffc\ufffd")


def tidy(text: str) -> str:
    """A text that a CSV and a text encoder can hold: no escape codes; control characters become spaces.

    Newlines and tabs stay. Characters without a width stay within the text (they join emoji), not around it.
    """
    valid = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    spaced = "".join(" " if _is_control(character) else character for character in ESCAPES.sub("", valid))
    start, end = 0, len(spaced)
    while start < end and _is_space(spaced[start]):
        start += 1
    while end > start and _is_space(spaced[end - 1]):
        end -= 1
    return spaced[start:end]


def _is_control(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) == "Cc"


def _is_space(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}


def is_visible(text: str) -> bool:
    """Whether there is a letter, a digit or a pictogram; punctuation and combining marks alone say nothing."""
    return any(character not in BLANKS and _is_sign(unicodedata.category(character)) for character in text)


def _is_sign(category: str) -> bool:
    return category[0] in "LN" or category == "So"


def checked(answer: Answer) -> Answer:
    """The caption without thoughts and tidied, or an error where there is none: empty, unfinished, declined."""
    model = reason(answer.model) if answer.model else ""
    if answer.error:
        return replace(answer, text="", error=reason(answer.error, 400), model=model)
    caption = without_thoughts(answer.text)
    if caption is None:
        return Answer(error="the model was still thinking when its answer ended", model=model, tokens=answer.tokens)
    caption = tidy(caption)
    if not is_visible(caption):
        thought = " but thoughts" if is_visible(tidy(answer.text)) else ""
        return Answer(error=f"the model answered nothing{thought}", model=model, tokens=answer.tokens)
    if declines(caption):
        return Answer(error=f"refused: {reason(caption)}", model=model, tokens=answer.tokens)
    return Answer(caption, model=model, tokens=answer.tokens)
