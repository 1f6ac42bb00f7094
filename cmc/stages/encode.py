"""The encoding loop: pictures in, captions out."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from cmc.core.errors import ImageError
from cmc.core.faults import faults_told, kind_of
from cmc.core.images import load_rgb
from cmc.core.run_file import Document
from cmc.i2t.base import Answer, Captioner
from cmc.i2t.layouts import PLAIN, Layout
from cmc.stages.engine.base import Crew, Failure, Worker, Write

Loaded = dict[str, Image.Image | ImageError]


@dataclass(frozen=True)
class Caption:
    """An encoder's answer to the image `key`; `answer.error` where it has none."""

    key: str
    answer: Answer


@dataclass(frozen=True)
class Batch:
    """Images by key that are asked about together, of which those that are `done` need no answer."""

    images: Mapping[str, Path]
    done: frozenset[str]

    @property
    def unfinished(self) -> list[str]:
        """The keys of those that need one."""
        return [key for key in self.images if key not in self.done]


@dataclass(frozen=True)
class EncoderAbout:
    """What was loaded, and how many pictures the encoder is asked about at once unless the user says otherwise."""

    loaded: Document
    batch_size: int


Encoders: TypeAlias = Crew[EncoderAbout, Batch, list[Caption]]


class EncodingWorker(Worker[EncoderAbout, Batch, Loaded, list[Caption]]):
    """Asks a captioner one question about every picture, and reads the answers as captions of a layout. An unreadable
    picture comes back with its error."""

    def __init__(self, captioner: Captioner, prompt: str, layout: Layout = PLAIN) -> None:
        self._captioner, self._prompt, self._layout = captioner, prompt, layout
        self.in_flight = captioner.in_flight

    def about(self) -> EncoderAbout:
        return EncoderAbout(dict(self._captioner.describe()), self._captioner.batch_size)

    def read(self, item: Batch) -> Loaded:
        loaded: Loaded = {}
        for key, path in item.images.items():
            try:
                loaded[key] = load_rgb(path)
            except ImageError as error:
                loaded[key] = error
        return loaded

    def work(self, item: Batch, loaded: Loaded, write: Write) -> list[Caption]:
        answers = _ask(self._captioner, self._prompt, loaded, item.done)
        captions = []
        for key, image in loaded.items():
            if key not in item.done:
                unreadable = isinstance(image, ImageError)
                answer = Answer(error=str(image)) if unreadable else self._layout.check(answers[key])
                captions.append(Caption(key, answer))
        return captions


def encode(
    images: Mapping[str, Path], crew: Encoders, batch_size: int, done: Collection[str]
) -> Iterator[list[Caption]]:
    """Captions, a batch at a time as they come, of the images that are not `done`.

    Batches are formed over all images in the order given, so that a restart forms the same ones; one that is
    done in part is asked again whole and yields what was missing.
    """
    batches = _plan(images, batch_size, frozenset(done))
    for place, result in crew.map(batches):
        if isinstance(result, Failure):
            yield [Caption(key, Answer(error=result.reason)) for key in batches[place].unfinished]
        else:
            yield result


def _plan(images: Mapping[str, Path], batch_size: int, done: frozenset[str]) -> list[Batch]:
    keys = list(images)
    parts = [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]
    batches = [Batch({key: images[key] for key in part}, done.intersection(part)) for part in parts]
    return [batch for batch in batches if batch.unfinished]


def _ask(captioner: Captioner, prompt: str, loaded: Loaded, done: Set[str]) -> dict[str, Answer]:
    """Answers to the pictures, none where all are `done`; those that are, are asked again only in others' company."""
    pictures = {key: image for key, image in loaded.items() if isinstance(image, Image.Image)}
    if not pictures.keys() - done:
        return {}
    return dict(zip(pictures, _answers(captioner, list(pictures.values()), prompt), strict=True))


def _answers(captioner: Captioner, images: list[Image.Image], prompt: str) -> list[Answer]:
    """An answer a picture; where the captioner fails at several, each is asked about alone.

    Raises CMCError as the captioner does, for what would hit every picture alike.
    """
    try:
        return _asked(captioner, images, prompt)
    except ImageError as error:
        if len(images) == 1:
            return [Answer(error=str(error))]
    return [answer for image in images for answer in _answers(captioner, [image], prompt)]


def _asked(captioner: Captioner, images: list[Image.Image], prompt: str) -> list[Answer]:
    """Raises ImageError where the captioner fails or the count is another."""
    with faults_told("the encoder", ImageError):
        answers = captioner.caption(images, prompt)
    if not isinstance(answers, Sequence) or len(answers) != len(images):
        found = f"{len(answers)}" if isinstance(answers, Sequence) else kind_of(answers)
        raise ImageError(f"expected a list of {len(images)} answer(s) from the encoder, found {found}")
    return [_as_answer(answer) for answer in answers]


def _as_answer(answer: object) -> Answer:
    if not isinstance(answer, Answer):
        return Answer(error=f"expected an Answer from the encoder, found {kind_of(answer)}")
    wrong = [part for part in (answer.text, answer.error, answer.model) if not isinstance(part, str)]
    if wrong:
        return Answer(error=f"expected text in the encoder's answer, found {kind_of(wrong[0])}")
    # No caption is lost for what is only counted.
    return answer if isinstance(answer.tokens, int) and answer.tokens >= 0 else replace(answer, tokens=0)
