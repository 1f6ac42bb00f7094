from dataclasses import replace

import pytest

from cmc.core.errors import CMCError
from cmc.i2t.layouts import LAYOUTS, MISC
from cmc.i2t.prompts import MISC_PROMPT, most_tokens
from cmc.registry import I2T
from cmc.stages.caption_settings import CaptionSettings


def settings(name: str, words: int | None = None, own_prompt: str = "") -> CaptionSettings:
    return CaptionSettings(I2T.get(name), "", words, 42, {}, own_prompt=own_prompt, layout=MISC)


@pytest.mark.parametrize("name", ["Qwen", "instructblip", "gpt-4o"])
def test_every_encoder_is_asked_the_same_and_has_room_for_all_parts(name: str) -> None:
    asked = settings(name)
    assert asked.prompt == MISC_PROMPT
    assert asked.max_new_tokens == most_tokens(89) == 388
    assert asked.record()["layout"] == "misc"


def test_plain_captions_are_recorded_as_before() -> None:
    plain = replace(settings("Qwen"), layout=LAYOUTS["plain"])
    assert "layout" not in plain.record()
    assert plain.prompt != MISC_PROMPT


def test_the_question_is_pinned() -> None:
    assert MISC_PROMPT == (
        "Name the three most striking objects, people or animals in the image, each in at most 3 words, and describe "
        "each in at most 10 words. Then describe the whole image in at most 50 words. Answer in four lines of plain "
        "text without Markdown, laid out like this:\n1. name: detail\n2. name: detail\n3. name: detail\n"
        "Overall: description"
    )


@pytest.mark.parametrize(
    ("words", "own_prompt", "flags"), [(20, "", "--explen"), (None, "Why?", "--prompt"), (5, "Why?", "--explen and ")]
)
def test_what_asks_for_something_else_does_not_go_with_it(words: int | None, own_prompt: str, flags: str) -> None:
    with pytest.raises(CMCError, match=rf"{flags}.* does not go with --layout misc, .*; leave one out"):
        settings("Qwen", words, own_prompt)


@pytest.mark.parametrize("name", ["blip2", "florence2"])
def test_an_encoder_that_cannot_be_asked_has_no_such_layout(name: str) -> None:
    with pytest.raises(CMCError, match=rf"{name} has no misc layout, .* cannot be asked; take another encoder"):
        settings(name)


@pytest.mark.parametrize(("layout", "name"), [("plain", "Qwen.csv"), ("misc", "Qwen-misc.csv")])
def test_each_layout_has_a_table_of_its_own(layout: str, name: str) -> None:
    assert LAYOUTS[layout].table("Qwen") == name
