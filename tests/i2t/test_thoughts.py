import pytest

from cmc.i2t.thoughts import without_thoughts

FINISHED = (
    "<think>A cup?</think>{}",
    "<think>\nA <b>cup</b>?\n</think>\n\n{}",
    "hm, a cup</think>{}",
    "<THINK>a</THINK>{}",
    "<thinking>a</thinking>{}",
    "<thought>a</thought>{}",
    "<reasoning>a</reasoning>{}",
    "<seed:think>a</seed:think>{}",
    "<antThinking>a</antThinking>{}",
    "<think>a<think>b</think>c</think>{}",
    "<think>a</think><think>b</think>{}",
    "<think></think>{}",
    "&lt;think&gt;a&lt;/think&gt;{}",
    "◁think▷a◁/think▷{}",
    "[THINK]a[/THINK]{}",
    "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>{}<|END_RESPONSE|>",
    "<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>{}<|end_of_solution|>",
    '<details type="reasoning" done="true"><summary>Thought</summary>a</details>{}',
    "<think>a</think><answer>{}</answer>",
    "<think>a</think><|begin_of_box|>{}<|end_of_box|>",
    "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>",
    "analysisThe user wants a caption.assistantfinal{}",
    "<|channel>thought\na<channel|>{}",
    "Here is my thought process: a. Here is my response: {}",
)


@pytest.mark.parametrize("answer", FINISHED)
def test_what_follows_the_thoughts_is_the_answer(answer: str) -> None:
    assert (without_thoughts(answer.format("A red cup.")) or "").strip() == "A red cup."


@pytest.mark.parametrize(
    "answer",
    [
        "<think>a", "<thinking>a red cup", "◁think▷a", "[THINK]a", "<|START_THINKING|>a", "<seed:think>a",
        "<think>a</think>b<think>c", "<|channel|>analysis<|message|>a", "<|channel>thought\na",
        "Here is my thought process: a", '<details type="reasoning">a',
    ],
)  # fmt: skip
def test_thoughts_that_never_end_are_no_answer(answer: str) -> None:
    assert without_thoughts(answer) is None


@pytest.mark.parametrize(
    "caption",
    ["A man is thinking.", "A poster says THINK.", "x < y, written on a board", "<b>A cup</b>", "Analysis of a chart."],
)
def test_captions_without_thoughts_stay_as_they_are(caption: str) -> None:
    assert without_thoughts(caption) == caption


def test_a_text_of_nothing_but_tags_is_read_in_one_pass() -> None:
    assert without_thoughts("<think>" * 200_000) is None
