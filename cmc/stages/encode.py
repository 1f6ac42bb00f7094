"""The encoding loop: pictures in, captions out."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from cmc.core.errors import ImageError
from cmc.core.faults import faults_told, kind_of
from cmc.core.images import load_rgb
from cmc.core.prefetch import prefetched
from cmc.i2t.answers import checked
from cmc.i2t.base import Answer, Captioner

Batch = Sequence[str]
Loaded = dict[str, Image.Image | ImageError]


@dataclass(frozen=True)
class Caption:
    """An encoder's answer to the image `key`; `answer.error` where it has none."""

    key: str
    answer: Answer


def encode(
    images: Mapping[str, Path], captioner: Captioner, prompt: str, batch_size: int, done: Collection[str]
) -> Iterator[list[Caption]]:
    """Captions, a batch at a time, of the images that are not `done`.

    Batches are formed over all images in the order given, so that a restart forms the same ones; one that is
    done in part is asked again whole and yields what was missing. Pictures load ahead in threads, and as many
    calls are under way as the captioner allows. An unreadable picture comes back with its error.
    """
    keys, captioned = list(images), frozenset(done)
    batches = [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]
    unfinished = [batch for batch in batches if not captioned.issuperset(batch)]
    loaded = prefetched(lambda batch: _load_images(images, batch), unfinished, workers=2, depth=2)

    def ask(item: tuple[Batch, Loaded]) -> list[Caption]:
        return _ask(captioner, prompt, item[1], captioned)

    if captioner.in_flight == 1:
        yield from map(ask, loaded)
        return
    for _, captions in prefetched(ask, loaded, captioner.in_flight, captioner.in_flight):
        yield captions


def _load_images(images: Mapping[str, Path], batch: Batch) -> Loaded:
    loaded: Loaded = {}
    for key in batch:
        try:
            loaded[key] = load_rgb(images[key])
        except ImageError as error:
            loaded[key] = error
    return loaded


def _ask(captioner: Captioner, prompt: str, loaded: Loaded, done: Set[str]) -> list[Caption]:
    """Captions of the pictures that are not `done`; the others are asked again only in their company."""
    pictures = {key: image for key, image in loaded.items() if isinstance(image, Image.Image)}
    answers: dict[str, Answer] = {}
    if pictures.keys() - done:
        answers = dict(zip(pictures, _answers(captioner, list(pictures.values()), prompt), strict=True))
    captions = []
    for key, image in loaded.items():
        if key not in done:
            answer = Answer(error=str(image)) if isinstance(image, ImageError) else checked(answers[key])
            captions.append(Caption(key, answer))
    return captions


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
    return answer
