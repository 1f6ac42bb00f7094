"""What came out of streams, gathered by image: the streams of one image must agree."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cmc.core.errors import CMCError
from cmc.core.items import Item, Items, SentText, sent_of
from cmc.stream.files import key_of_stream
from cmc.stream.stream import Stream

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass
class Restored:
    """What came out of streams: GT sizes (width, height) and texts by key, and files that failed by path."""

    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    sent: dict[str, SentText] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)
    _inputs: dict[tuple[str, str], object] = field(default_factory=dict)

    def add(self, path: Path, stream: Stream) -> None:
        """Take in a stream. Raises CMCError where another stream of the same image says otherwise; that of a mode
        without details may lack them."""
        key, kind = key_of_stream(path), stream.mode.reference
        _agree(self.sizes, key, stream.size, f"{path}: the size")
        if stream.mode.captioned:
            self._add_texts(key, stream, path)
        if kind:
            reference = (stream.codec, stream.weights, stream.picture) if stream.grid is None else stream.grid.tobytes()
            _agree(self._inputs, (key, kind), reference, f"{path}: the reference")

    def _add_texts(self, key: str, stream: Stream, path: Path) -> None:
        known = self.sent.setdefault(key, stream.sent)
        if known.overall != stream.text:
            raise _differs(f"{path}: the caption")
        if stream.maps is not None:
            _agree(self._inputs, (key, "details"), (stream.details, stream.maps.tobytes()), f"{path}: details or maps")
            self.sent[key] = stream.sent


def _agree(known: dict[Key, Value], key: Key, value: Value, subject: str) -> None:
    if known.setdefault(key, value) != value:
        raise _differs(subject)


def _differs(subject: str) -> CMCError:
    return CMCError(f"{subject} differs from another stream of that image; unpack them into separate folders")


def item_names(sent: SentText) -> list[str]:
    """What items are called whose names were not sent."""
    return [f"item {number}" for number in range(1, len(sent.details) + 1)]


def caption_of(sent: SentText) -> str:
    """A caption for a table of which the very same is sent: a structured one, or a plain one as it is."""
    if sent_of(sent.overall) == sent:
        return sent.overall
    items = [Item(name, detail) for name, detail in zip(item_names(sent), sent.details, strict=True)]
    return Items(tuple(items), sent.overall).to_text()
