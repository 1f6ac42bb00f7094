import pytest

from cmc.core.errors import CMCError
from cmc.i2t.prompts import PROMPTS, most_tokens
from cmc.registry import I2T
from cmc.stages.caption_settings import CaptionSettings

ASKED = "What colours are there?"


def settings(name: str, words: int | None, own_prompt: str = "") -> CaptionSettings:
    return CaptionSettings(I2T.get(name), "", words, 42, {}, own_prompt=own_prompt)


@pytest.mark.parametrize("name", ["Qwen", "instructblip", "gpt-4o"])
def test_a_prompt_is_asked_as_it_is_unless_a_length_is_asked_for_too(name: str) -> None:
    assert settings(name, None, ASKED).prompt == ASKED
    assert settings(name, 20, ASKED).prompt == f"{ASKED} Answer in 20 words."


def test_an_answer_has_room_for_its_length_and_of_no_length_for_the_longest() -> None:
    assert settings("Qwen", 5, ASKED).max_new_tokens == settings("Qwen", 5).max_new_tokens == most_tokens(5)
    assert settings("Qwen", None, ASKED).max_new_tokens == most_tokens(max(PROMPTS))
    assert settings("Qwen", None).max_new_tokens == most_tokens(10)


def test_what_is_recorded_is_what_is_asked() -> None:
    assert settings("Qwen", 20, ASKED).record()["prompt"] == f"{ASKED} Answer in 20 words."


def test_an_encoder_that_takes_no_prompt_is_not_asked() -> None:
    with pytest.raises(CMCError, match=r"blip2 takes no prompt, .*; leave out --prompt"):
        settings("blip2", None, ASKED)


def test_a_model_of_one_task_is_asked_for_it_at_every_length() -> None:
    assert settings("florence2", None).prompt == settings("florence2", 20).prompt == "<MORE_DETAILED_CAPTION>"
    assert settings("instructblip", 20).prompt == PROMPTS[20]
