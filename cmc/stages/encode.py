"""The encoding loop: pictures in, captions out."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from cmc.core.errors import ImageError, reason
from cmc.core.images import load_rgb
from cmc.core.prefetch import prefetched
from cmc.i2t.base import Answer, Captioner

Batch = Sequence[str]
Loaded = dict[str, Image.Image | ImageError]

# How assistants decline in plain words; an API marks few refusals as such.
REFUSAL = re.compile(
    r"(i['’]?m|i am)( really| very| so)? (sorry|unable|not able)\b"
    r"|(i['’]?m )?sorry,? (but )?i\b|i (can['’]?t|cannot|can not|won['’]t)\b|as an ai\b",
    re.IGNORECASE,
)


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


def tidy(text: str) -> str:
    """A text that a CSV and a text encoder can hold: control characters but newline and tab become spaces."""
    valid = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    return "".join(" " if _is_control(character) else character for character in valid).strip()


def _is_control(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) == "Cc"


def checked(answer: Answer) -> Answer:
    """The answer tidied, or turned into an error where it is empty or declines, so that it never is a caption."""
    text = tidy(answer.text)
    error = answer.error or ("" if text else "the model answered nothing")
    if not error and REFUSAL.match(text):
        error = f"refused: {reason(text)}"
    return replace(answer, text="" if error else text, error=error)


def _ask(captioner: Captioner, prompt: str, loaded: Loaded, done: Set[str]) -> list[Caption]:
    """Captions of the pictures that are not `done`; the others are asked again only in their company."""
    pictures = {key: image for key, image in loaded.items() if isinstance(image, Image.Image)}
    if pictures.keys() - done:
        answers = dict(zip(pictures, captioner.caption(list(pictures.values()), prompt), strict=True))
    else:
        answers = {}
    captions = []
    for key, image in loaded.items():
        if key not in done:
            answer = Answer(error=str(image)) if isinstance(image, ImageError) else checked(answers[key])
            captions.append(Caption(key, answer))
    return captions
