"""The encoding loop: pictures in, captions out."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from cmc.ahead import ahead
from cmc.errors import ImageError
from cmc.i2t.base import Answer, Captioner
from cmc.images import load_rgb

Batch = Sequence[str]
Loaded = dict[str, Image.Image | ImageError]


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
    keys = list(images)
    batches = [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]
    todo = [batch for batch in batches if not set(batch) <= set(done)]
    loaded = ahead(lambda batch: _load(images, batch), todo, workers=2, depth=2)

    def ask(item: tuple[Batch, Loaded]) -> list[Caption]:
        return _ask(captioner, prompt, item[1])

    if captioner.in_flight == 1:
        answers: Iterator[list[Caption]] = map(ask, loaded)
    else:
        answers = (said for _, said in ahead(ask, loaded, captioner.in_flight, captioner.in_flight))
    for said in answers:
        yield [caption for caption in said if caption.key not in done]


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


def _ask(captioner: Captioner, prompt: str, loaded: Loaded) -> list[Caption]:
    good = {key: image for key, image in loaded.items() if isinstance(image, Image.Image)}
    answers = captioner.caption(list(good.values()), prompt) if good else []
    tidied = (replace(answer, text=tidy(answer.text)) for answer in answers)
    said = dict(zip(good, tidied, strict=True))
    return [Caption(key, said[key] if key in said else Answer(error=str(loaded[key]))) for key in loaded]
