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
    """What an encoder said of the image `key`; `answer.error` where it said nothing."""

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
    keys, done = list(images), frozenset(done)
    batches = [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]
    todo = [batch for batch in batches if not done.issuperset(batch)]
    loaded = prefetched(lambda batch: _load(images, batch), todo, workers=2, depth=2)

    def ask(item: tuple[Batch, Loaded]) -> list[Caption]:
        return _ask(captioner, prompt, item[1], done)

    if captioner.in_flight == 1:
        answers: Iterator[list[Caption]] = map(ask, loaded)
    else:
        answers = (said for _, said in prefetched(ask, loaded, captioner.in_flight, captioner.in_flight))
    yield from answers


def _load(images: Mapping[str, Path], batch: Batch) -> Loaded:
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
    return "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else " " for c in valid).strip()


def checked(answer: Answer) -> Answer:
    """The answer tidied, or turned into an error where it is empty or declines, so that it never is a caption."""
    text = tidy(answer.text)
    error = answer.error or ("" if text else "the model answered nothing")
    if not error and REFUSAL.match(text):
        error = f"refused: {reason(text)}"
    return replace(answer, text="" if error else text, error=error)


def _ask(captioner: Captioner, prompt: str, loaded: Loaded, done: Set[str]) -> list[Caption]:
    """What is said of the pictures that are not `done`; the others are asked again only in their company."""
    good = {key: image for key, image in loaded.items() if isinstance(image, Image.Image)}
    answers = captioner.caption(list(good.values()), prompt) if good.keys() - done else [Answer()] * len(good)
    said = dict(zip(good, answers, strict=True))
    return [
        Caption(key, checked(said[key]) if key in said else Answer(error=str(one)))
        for key, one in loaded.items()
        if key not in done
    ]
