from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cmc.core.errors import CMCError
from cmc.i2t.base import Answer, Captioner
from cmc.stages.encode import EncodingWorker, encode
from cmc.stages.engine.here import HereCrew
from tests.conftest import photo


class Sizes(Captioner):
    """Says how large each picture is, and remembers how it was asked."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        self.calls.append(len(images))
        return [Answer(f"{prompt} {image.width}x{image.height}") for image in images]


class Says(Captioner):
    """Says the same of every picture."""

    def __init__(self, text: str) -> None:
        self.text = text

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        return [Answer(self.text)] * len(images)


@pytest.fixture
def images(tmp_path: Path) -> dict[str, Path]:
    for index in range(7):
        photo("coffee.png").resize((20 + index, 10)).save(tmp_path / f"p{index}.png")
    return {f"p{index}": tmp_path / f"p{index}.png" for index in range(7)}


def _said(images: dict[str, Path], captioner: Captioner, size: int, done: tuple[str, ...] = ()) -> dict[str, Answer]:
    batches = encode(images, HereCrew(EncodingWorker(captioner, "size")), size, done)
    return {caption.key: caption.answer for batch in batches for caption in batch}


@pytest.mark.parametrize("in_flight", [1, 3])
def test_every_picture_gets_its_own_caption(images: dict[str, Path], in_flight: int) -> None:
    captioner = Sizes()
    captioner.in_flight = in_flight
    said = _said(images, captioner, 3)
    assert {key: answer.text for key, answer in said.items()} == {f"p{i}": f"size {20 + i}x10" for i in range(7)}
    assert sorted(captioner.calls) == [1, 3, 3]


def test_a_restart_forms_the_same_batches(images: dict[str, Path]) -> None:
    captioner = Sizes()
    said = _said(images, captioner, 3, done=("p0", "p1", "p2", "p4"))
    assert list(said) == ["p3", "p5", "p6"]
    assert captioner.calls == [3, 1]


def test_an_unreadable_picture_fails_alone(images: dict[str, Path]) -> None:
    images["p1"].write_bytes(b"rubbish")
    said = _said(images, Sizes(), 3)
    assert "not a readable image" in said["p1"].error
    assert [key for key, answer in said.items() if not answer.error] == ["p0", "p2", "p3", "p4", "p5", "p6"]


def test_pictures_that_are_done_are_not_asked_for_the_sake_of_an_unreadable_one(images: dict[str, Path]) -> None:
    images["p1"].write_bytes(b"rubbish")
    captioner = Sizes()
    said = _said(images, captioner, 3, done=("p0", "p2", "p3", "p4", "p5", "p6"))
    assert list(said) == ["p1"]
    assert captioner.calls == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "the model answered nothing"),
        (" \n\x00\x1b ", "the model answered nothing"),
        ("I'm sorry, but I can't assist with that request.", "refused: I'm sorry, but I can't"),
        ("I’m really sorry, I cannot identify people.", "refused: "),
        ("Sorry, I can't help.", "refused: "),
        ("I cannot describe this image.", "refused: "),
        ("As an AI language model, I have no eyes.", "refused: "),
        ("<think>A boat", "still thinking"),
        ("\u200b\ufeff", "the model answered nothing"),
    ],
)
def test_empty_and_declining_answers_are_never_captions(images: dict[str, Path], text: str, error: str) -> None:
    for answer in _said(images, Says(text), 2).values():
        assert answer.text == ""
        assert error in answer.error


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (" A boat,\r\non a river.\x07 ", "A boat,\non a river."),
        ("A sorry sight: a man says I can't.", "A sorry sight: a man says I can't."),
        ("Sorry Street, a road sign in rain.", "Sorry Street, a road sign in rain."),
        ("half a \ud83d smile", "half a ? smile"),
    ],
)
def test_captions_are_kept_but_for_what_a_csv_cannot_hold(images: dict[str, Path], said: str, kept: str) -> None:
    assert {answer.text for answer in _said(images, Says(said), 2).values()} == {kept}


class Odd(Captioner):
    """Answers every picture of 23 pixels' width with what it was made with (or calls it), and the others well."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        return [self._of(image) for image in images]

    def _of(self, image: Image.Image) -> Any:
        if image.width != 23:
            return Answer(f"wide by {image.width}")
        return self.answer() if callable(self.answer) else self.answer


def _raise(error: Exception) -> Any:
    def answer() -> Any:
        raise error

    return answer


@pytest.mark.parametrize("in_flight", [1, 2])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "expected an Answer from the encoder, found None"),
        ("a cup", "expected an Answer from the encoder, found a str"),
        (7, "expected an Answer from the encoder, found an int"),
        (Answer(None), "expected text in the encoder's answer, found None"),  # type: ignore[arg-type]
        (Answer(3.5), "expected text in the encoder's answer, found a float"),  # type: ignore[arg-type]
        (Answer("a cup", error=404), "expected text in the encoder's answer, found an int"),  # type: ignore[arg-type]
        (_raise(AttributeError("no tokenizer")), "the encoder failed: AttributeError: no tokenizer (test_encode.py"),
        (_raise(IndexError("list index out of range")), "the encoder failed: IndexError: list index out of range"),
        (_raise(StopIteration()), "the encoder failed: StopIteration"),
        (_raise(TimeoutError()), "the encoder failed: TimeoutError"),
    ],
)
def test_a_wrong_answer_fails_that_picture_alone(
    images: dict[str, Path], answer: Any, told: str, in_flight: int
) -> None:
    captioner = Odd(answer)
    captioner.in_flight = in_flight
    said = _said(images, captioner, 4)
    assert said.pop("p3").error.startswith(told)
    assert [answer.text for answer in said.values()] == [f"wide by {20 + i}" for i in (0, 1, 2, 4, 5, 6)]


class Counts(Captioner):
    def __init__(self, change: Any) -> None:
        self.change = change

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        return self.change([Answer("a cup") for _ in images])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda answers: None, "found None"),
        (lambda answers: answers[1:], "expected a list of 1 answer(s) from the encoder, found 0"),
        (lambda answers: [*answers, *answers], "expected a list of 1 answer(s) from the encoder, found 2"),
        (lambda answers: {"text": "a cup"}, "found a dict"),
    ],
)
def test_another_number_of_answers_fails_each(images: dict[str, Path], change: Any, told: str) -> None:
    said = _said(images, Counts(change), 3)
    assert all(told in answer.error and not answer.text for answer in said.values())


def test_too_few_answers_to_a_batch_are_asked_for_one_by_one(images: dict[str, Path]) -> None:
    said = _said(images, Counts(lambda answers: answers[:1]), 3)
    assert {answer.text for answer in said.values()} == {"a cup"}


def test_what_hits_every_picture_ends_the_run(images: dict[str, Path]) -> None:
    with pytest.raises(CMCError, match="the key is wrong"):
        _said(images, Odd(_raise(CMCError("the key is wrong"))), 3)
