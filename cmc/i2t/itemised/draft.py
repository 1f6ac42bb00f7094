"""What is gathered of an answer while it is read, and the structured caption that comes of it."""

import re
from dataclasses import dataclass, field

from cmc.core.items import MOST_ITEMS, Item, Items
from cmc.i2t.answers import is_visible
from cmc.i2t.itemised.labels import Part

# Of a name; asked for are 3. What is longer is no name but a sentence.
MOST_WORDS = 6
# Fewer are a closing or a heading, not a description of a picture.
_LEAST_WORDS_OF_A_PARAGRAPH = 5
_CLOSING = re.compile(
    r"(?:please |just )?(?:let me know|feel free|i hope|hope this|if you|would you|do you|note\b)", re.I
)
# What stands for names and details in the question.
_PLACEHOLDERS = frozenset({"name", "detail"})


class NoItemsError(Exception):
    """Which part of a structured caption an answer lacks."""


@dataclass
class Draft:
    """pairs: names with their details; names and details that were given apart from each other, in order; overall: of
    the whole picture; paragraphs: what nothing announced, once there was a name."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    overall: str = ""
    paragraphs: list[str] = field(default_factory=list)

    @property
    def lacks_detail(self) -> bool:
        """Whether a name waits for its detail."""
        return len(self.details) < len(self.names)

    @property
    def has_names(self) -> bool:
        return bool(self.pairs or self.names)

    def add(self, part: Part, text: str) -> None:
        """A text that was announced as that part; a list of names may be one text."""
        if part is Part.OVERALL:
            self.overall = self.overall or text
        elif part is Part.DETAILS:
            self.details.append(text)
        else:
            self.names += split_names(text)

    def finished(self) -> tuple[Items, int]:
        """The structured caption, and how many items there were. Raises NoItemsError."""
        items = self._items()
        if not items:
            raise NoItemsError("no item with a name and a detail")
        overall = _bare(self.overall) or self._unannounced()
        if not is_visible(overall):
            raise NoItemsError("no overall description")
        return Items(tuple(items[:MOST_ITEMS]), overall), len(items)

    def _items(self) -> list[Item]:
        pairs = self.pairs or list(zip(self.names, self._apart(), strict=False))
        bare = [(_bare_name(name), _bare(detail)) for name, detail in pairs]
        return [
            Item(name, detail)
            for name, detail in bare
            if is_visible(name) and is_visible(detail) and name.lower() not in _PLACEHOLDERS
        ]

    def _apart(self) -> list[str]:
        """The details, a text each; those of all items may stand in one."""
        if len(self.details) != 1 or len(self.names) < 2:
            return self.details
        for separator in (";", ". ", ","):
            parts = [part for part in self.details[0].split(separator) if part.strip()]
            if len(parts) == len(self.names):
                return parts
        return self.details

    def _unannounced(self) -> str:
        """The whole picture's description where nothing announced it: what follows the items."""
        extra = self.details[len(self.names) :] if self.names and not self.pairs else []
        texts = [_bare(text) for text in [*self.paragraphs, *extra]]
        described = (text for text in texts if len(text.split()) >= _LEAST_WORDS_OF_A_PARAGRAPH)
        return next((text for text in described if not _CLOSING.match(text)), "")


def split_names(text: str) -> list[str]:
    """`A, B and C.` as its parts."""
    parts = _NUMBER.sub(",", text).replace(";", ",").replace(", and ", ",").split(",")
    if len(parts) > 1 or len(text.split()) > MOST_WORDS:
        parts = [piece for part in parts for piece in part.split(" and ")]
    return [part for part in parts if part.strip(" .")]


def _bare(text: str) -> str:
    """Without a number before it and the quotes around it."""
    text = _FIRST_NUMBER.sub("", text.strip())
    quoted = _QUOTED.fullmatch(text)
    return (quoted[1] if quoted else text).strip()


def _bare_name(text: str) -> str:
    return _bare(text.translate(_NO_BRACKETS).strip(" .,;:-–—"))


# Within a line, as in "1. dog 2) cat (3) tree".
_NUMBER = re.compile(r"(?:^|(?<=\s))\(?[1-9][.)](?=\s)")
_FIRST_NUMBER = re.compile(r"\(?[1-9][.)]\s")
# A comma after it is JSON's, of what is not quite JSON.
_QUOTED = re.compile(r"[\"'“‘](.*)[\"'”’],?", re.DOTALL)
_NO_BRACKETS = str.maketrans("[]<>", "    ")
