import pytest

from cmc.i2t.answers import checked
from cmc.i2t.base import Answer


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\t\n", "\u200b\u200c\u200d", "\u00a0\u2003\u3000", "\u0301\u0302", "\u202e\u202c", "\u3164", "\u2800",
     "\u115f\u1160", "\ufe0f", "\U000e0041", "\x00\x07", "\u2028\u2029", "\u034f", "\ue000", "...", "\x1b[31m\x1b[0m"],
)  # fmt: skip
def test_what_nobody_can_see_is_no_caption(text: str) -> None:
    assert checked(Answer(text)) == Answer(error="the model answered nothing")


@pytest.mark.parametrize(
    "text", ["7", "猫", "🐕", "\u0928\u092e\u0938\u094d\u0924\u0947", "cafe\u0301", "👩\u200d🚀 walks"]
)
def test_what_can_be_seen_is_a_caption(text: str) -> None:
    assert checked(Answer(text)).text == text


def test_marks_around_a_caption_and_escape_codes_within_go() -> None:
    assert checked(Answer("\ufeff\u200b A \x1b[1mred\x1b[0m cup.\u2060")).text == "A red cup."


@pytest.mark.parametrize(
    "error", ["\x1b[31mbad\x1b[0m gateway", "\x1b]0;x\x07bad gateway", "\u202ebad gateway\x00\x9b2J"]
)
def test_escape_codes_of_an_error_go(error: str) -> None:
    assert checked(Answer("text", error)) == Answer(error="bad gateway")


def test_thoughts_alone_are_no_caption() -> None:
    assert checked(Answer("<think>a cup</think>\n")).error == "the model answered nothing but thoughts"
    assert "still thinking" in checked(Answer("<think>a cup")).error
    assert checked(Answer("<think>a cup</think>I'm sorry, I can't.")).error.startswith("refused: ")
