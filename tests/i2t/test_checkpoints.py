from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cmc.i2t.answers import checked
from cmc.i2t.chat import ChatCaptioner
from cmc.i2t.checkpoints import from_transformers
from cmc.i2t.florence2 import FlorenceCaptioner
from cmc.i2t.transformers_captioner import LocalCaptioner
from cmc.registry import I2T
from tests import tiny_crops, tiny_today
from tests.conftest import photo

MAKERS = {maker.__name__: maker for maker in (
    tiny_today.qwen3_5, tiny_today.gemma3, tiny_today.gemma4, tiny_today.internvl, tiny_today.llava_onevision,
    tiny_crops.molmo2, tiny_crops.smolvlm, tiny_today.florence2,
)}  # fmt: skip
FAMILIES = tuple(MAKERS)
CHATS = FAMILIES[:-1]
SIZES = ((96, 64), (64, 64), (40, 120), (64, 96))
IMAGES = [photo(name).resize(size) for name in ("coffee.png", "astronaut.png") for size in SIZES]
ASKED = "Name the colours."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint by family, made once."""
    root = tmp_path_factory.mktemp("models")

    def make(family: str) -> Path:
        folder = root / family
        return folder if folder.is_dir() else MAKERS[family](folder)

    return make


def _load(folder: Path, most: int = 12) -> LocalCaptioner:
    return from_transformers(str(folder), torch.device("cpu"), torch.float32, most)


def _writes(captioner: LocalCaptioner, text: str) -> None:
    """Lets a model write a text and end, by a bias over each token's beginning that no other score reaches."""
    tokens = captioner.processor.tokenizer(text + "</s>", add_special_tokens=False)["input_ids"]
    bias = [[tokens[: end + 1], 1e4 * (end + 1)] for end in range(len(tokens))]
    captioner.model.generation_config.update(sequence_bias=bias, max_new_tokens=len(tokens))


@pytest.mark.parametrize("family", FAMILIES)
def test_captions_are_the_same_alone_and_in_a_batch_of_eight(family: str, made: Callable[[str], Path]) -> None:
    captioner = _load(made(family))
    together = captioner.caption(IMAGES, ASKED)
    assert together == [captioner.caption([image], ASKED)[0] for image in IMAGES]
    assert len({answer.text for answer in together}) > 1
    assert all(answer.text and not answer.error for answer in together)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_answer_is_what_was_written_after_the_prompt(family: str, made: Callable[[str], Path]) -> None:
    captioner = _load(made(family))
    _writes(captioner, "a red house")
    for answer in captioner.caption(IMAGES[:3], ASKED):
        assert answer.text == "a red house"


@pytest.mark.parametrize("family", CHATS)
def test_the_prompt_reaches_the_model(family: str, made: Callable[[str], Path]) -> None:
    captioner = _load(made(family))
    assert isinstance(captioner, ChatCaptioner)
    assert captioner.takes_prompt
    for row in captioner.inputs(IMAGES[:3], ASKED)["input_ids"]:
        assert captioner.processor.tokenizer.decode(row, skip_special_tokens=True).count(ASKED) == 1


def test_florence_is_asked_for_its_task_whatever_the_prompt(made: Callable[[str], Path]) -> None:
    captioner = _load(made("florence2"))
    assert isinstance(captioner, FlorenceCaptioner)
    assert not captioner.takes_prompt
    asked = captioner.inputs(IMAGES[:1], ASKED)["input_ids"][0]
    task = "Describe with a paragraph what is shown in the image."
    assert captioner.processor.tokenizer.decode(asked, skip_special_tokens=True) == task
    # As its checkpoint says, its decoder begins with two tokens that are no answer.
    assert captioner.model.generation_config.forced_bos_token_id == captioner.processor.tokenizer.bos_token_id


def test_a_model_that_can_think_is_told_not_to(made: Callable[[str], Path]) -> None:
    captioner = _load(made("qwen3_5"))
    asked = captioner.processor.tokenizer.decode(captioner.inputs(IMAGES[:1], ASKED)["input_ids"][0])
    assert asked.endswith("<s>assistant\n<think>\n\n</think>\n\n")


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize(
    ("marks", "written"),
    [
        (["<think>", "</think>"], "<think>\na house\n</think>\n\n"),
        (["<|channel>", "<channel|>"], "<|channel>thought\na house<channel|>"),
        (["[THINK]", "[/THINK]"], "[THINK]a house[/THINK]"),
    ],
)
def test_thoughts_are_no_caption_though_their_marks_be_special_tokens(
    marks: list[str], written: str, special: bool, made: Callable[[str], Path], tmp_path: Path
) -> None:
    processor, model = _with_tokens(made("internvl"), marks, special)
    captioner = ChatCaptioner("tiny", (processor, model), torch.device("cpu"), 12)
    _writes(captioner, written + "a red house")
    assert checked(captioner.caption(IMAGES[:1], ASKED)[0]).text == "a red house"
    _writes(captioner, written.partition("house")[0])
    answer = checked(captioner.caption(IMAGES[:1], ASKED)[0])
    assert (answer.text, answer.error) == ("", "the model was still thinking when its answer ended")


def _with_tokens(folder: Path, marks: list[str], special: bool) -> tuple[object, torch.nn.Module]:
    """(processor, model) of a checkpoint whose tokenizer knows some marks more."""
    loaded = _load(folder)
    loaded.processor.tokenizer.add_tokens(marks, special_tokens=special)
    loaded.model.resize_token_embeddings(len(loaded.processor.tokenizer))
    return loaded.processor, loaded.model


@pytest.mark.parametrize(
    "name", ["qwen3.5-vl", "internvl3.5", "gemma3", "gemma4", "molmo2", "smolvlm", "llava-onevision", "florence2"]
)
def test_encoders_of_today_say_where_they_come_from(name: str) -> None:
    facts = I2T.get(name).facts
    assert facts.checkpoint.count("/") == 1
    assert facts.licence != "not stated"
    assert facts.billions
    assert facts.takes_prompt is (name != "florence2")
