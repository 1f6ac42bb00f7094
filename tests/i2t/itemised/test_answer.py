"""Answers as models give them, in answers.txt: `===== what it is`, the answer, `-----`, and what comes of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmc.core.items import Items
from cmc.i2t.base import Answer
from cmc.i2t.itemised.answer import checked_items

_CASES = [
    case.split("\n", 1)
    for case in Path(__file__).with_name("answers.txt").read_text(encoding="utf-8").split("===== ")[1:]
]
CASES = {title: tuple(body.strip("\n").split("\n-----\n")) for title, body in _CASES}
REMARKS = {
    "more": "more than 3 items, of which the first are kept",
    "fewer": "fewer than 3 items, kept as they are",
}


@pytest.mark.parametrize("title", [title for title, (_, wanted) in CASES.items() if wanted[:8] != "refused:"])
def test_an_answer_becomes_items(title: str) -> None:
    answer, wanted = CASES[title]
    first, _, rest = wanted.partition("\n")
    remark, text = (REMARKS[first], rest) if first in REMARKS else ("", wanted)
    found = checked_items(Answer(answer, model="m", tokens=9))
    assert found == Answer(text, model="m", tokens=9, remark=remark)
    items = Items.from_text(found.text)
    assert items is not None
    assert items.to_text() == found.text


@pytest.mark.parametrize("title", [title for title, (_, wanted) in CASES.items() if wanted[:8] == "refused:"])
def test_an_answer_without_is_refused_with_its_beginning(title: str) -> None:
    answer, wanted = CASES[title]
    found = checked_items(Answer(answer, model="m", tokens=9))
    assert (found.text, found.model, found.tokens) == ("", "m", 9)
    assert found.error.startswith(wanted.removeprefix("refused: "))


def test_there_are_enough_of_them() -> None:
    assert len(CASES) > 40


_WORDS = [
    "1.",
    "2)",
    "**",
    "dog",
    "Overall",
    ":",
    " - ",
    "\n",
    "|",
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    "- ",
    "(",
    ")",
    "a cat",
]


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(_WORDS), max_size=30).map("".join)))
def test_whatever_is_answered_comes_to_a_caption_that_can_be_read_or_to_a_reason(answer: str) -> None:
    found = checked_items(Answer(answer))
    assert bool(found.text) is not bool(found.error)
    assert not found.text or Items.from_text(found.text)


@pytest.mark.parametrize(
    "part",
    ["[", '{"a":', "1. ", "a" + " " * 50_000 + "(", "**", "a, ", "> ", ",", " - ", "\n", "Overall ", "|", "image "],
)
def test_a_hostile_answer_is_read_in_one_pass(part: str) -> None:
    answer = part * (100_000 // len(part))
    assert checked_items(Answer(answer)).error
    assert checked_items(Answer("1. cup: red\nOverall: A cup.\n\n" + answer)).text == "[cup] red\n[overall] A cup."


def test_an_error_stays_one() -> None:
    assert checked_items(Answer("1. a: b\nOverall: c", error="no")).error == "no"
