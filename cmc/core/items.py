"""A structured caption: striking items and the picture as a whole (MISC, arXiv:2402.16749), and its text in a table.

Written and read, a line an item in the order of their weight, the whole last:

    [red boat] small wooden boat with a white sail
    [lighthouse] tall white tower on dark rocks
    [overall] A red boat leaves a harbour at dusk, passing a lighthouse ...

Read as well is the layout of MISC's published notebook, five lines that are not empty: `A, B, C.`, a detail each, the
whole. A caption that is neither is a plain one.
"""

import re
from dataclasses import dataclass

from cmc.core.errors import CMCError, reason

MOST_ITEMS = 3
_OVERALL = "overall"
_TAGGED = re.compile(r"\[([^\[\]]+)\] (.+)")
# Asked for are 3 at most; a first line of longer parts is a sentence.
_MOST_WORDS_OF_A_NAME = 5


@dataclass(frozen=True)
class Item:
    """An object, a person or an animal: its name, and what it looks like. Both are put on one line, blanks in a row
    become one. Raises CMCError where either is empty, and for a name that holds square brackets."""

    name: str
    detail: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _one_line(self.name, "name of an item"))
        object.__setattr__(self, "detail", _one_line(self.detail, f"detail of {self.name!r}"))
        if set(self.name) & set("[]"):
            raise CMCError(f"expected a name without square brackets, found {reason(self.name)!r}; leave them out")


@dataclass(frozen=True)
class Items:
    """Up to three items, and a description of the whole picture, on one line. Raises CMCError for more items, and for
    an empty description."""

    items: tuple[Item, ...]
    overall: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "overall", _one_line(self.overall, "overall description"))
        if len(self.items) > MOST_ITEMS:
            raise CMCError(f"expected {MOST_ITEMS} items at most, found {len(self.items)}; leave some out")

    def to_text(self) -> str:
        """For a table: `from_text` gives the same items back."""
        tagged = [(item.name, item.detail) for item in self.items]
        return "\n".join(f"[{name}] {words}" for name, words in [*tagged, (_OVERALL, self.overall)])

    @classmethod
    def from_text(cls, text: str) -> "Items | None":
        """From a caption in either layout; None of a plain one."""
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        return _from_tags(lines) or _from_notebook(lines)


@dataclass(frozen=True)
class SentText:
    """What of a caption is sent: the details of its first items, whose names stay where their maps are made, and the
    description of the whole, or a plain caption as it is."""

    details: tuple[str, ...]
    overall: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The details, then the whole."""
        return (*self.details, self.overall)

    @property
    def text(self) -> str:
        """A line a detail, then the whole."""
        return "\n".join(self.parts)


def sent_of(caption: str, most: int = MOST_ITEMS) -> SentText:
    """What is sent of a caption to a decoder that reads `most` items."""
    items = Items.from_text(caption)
    if items is None:
        return SentText((), caption)
    return SentText(tuple(item.detail for item in items.items[:most]), items.overall)


def _from_tags(lines: list[str]) -> Items | None:
    tags = [_TAGGED.fullmatch(line) for line in lines]
    *items, whole = [(tag[1], tag[2]) for tag in tags if tag] or [("", "")]
    if None in tags or whole[0] != _OVERALL or len(items) > MOST_ITEMS:
        return None
    return _checked(items, whole[1])


def _from_notebook(lines: list[str]) -> Items | None:
    if len(lines) != MOST_ITEMS + 2:
        return None
    names = lines[0].removesuffix(".").split(",")
    if len(names) != MOST_ITEMS or ":" in lines[0] or any(len(name.split()) > _MOST_WORDS_OF_A_NAME for name in names):
        return None
    return _checked(list(zip(names, lines[1:-1], strict=True)), lines[-1])


def _checked(pairs: list[tuple[str, str]], overall: str) -> Items | None:
    try:
        return Items(tuple(Item(name, detail) for name, detail in pairs), overall)
    except CMCError:  # a part of blanks alone, or brackets in a name
        return None


def _one_line(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise CMCError(f"expected a text as {what}, found {text!r}")
    return words
