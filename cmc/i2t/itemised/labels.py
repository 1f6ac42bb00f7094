"""What labels and headings of an answer announce: names, details or the whole picture."""

import re
from enum import Enum, auto


class Part(Enum):
    """A part of an answer."""

    NAMES = auto()
    DETAILS = auto()
    OVERALL = auto()


_WHOLE = r"(?:whole|entire|full|complete|general|global|scene|image|picture)"
_TEXT = r"(?:description|summary|caption|overview|impression)"
# By the whole label, in lower case, without its number and marks.
_LABELS = (
    (
        Part.OVERALL,
        rf"(?:the )?(?:overall\b.{{0,40}}|{_WHOLE}(?: (?:image|picture|scene))? {_TEXT}|whole (?:image|picture|scene)"
        rf"|summary|overview|{_TEXT} of the (?:{_WHOLE} ?)+)",
    ),
    (
        Part.DETAILS,
        r"(?:the )?(?:detail(?:s|ed)?\b.{0,40}|(?:object |item )?(?:descriptions?|appearance|attributes)"
        r"(?: of (?:each|the)\b.{0,40})?|caption|desc)",
    ),
    (
        Part.NAMES,
        r"(?:the )?(?:(?:three |top |3 |most )*(?:striking|salient|prominent|notable|main|key|eye-catching)\b.{0,60}"
        r"|(?:three )?(?:objects?|items?|elements?|subjects?|names?)(?: names?)?|objects, people,? (?:or|and) animals)",
    ),
)
_PATTERNS = tuple((part, re.compile(pattern)) for part, pattern in _LABELS)
# "Object 2: ...", "Striking object #2: ...", "Detail 2: ..."
_NUMBERED = re.compile(r"[ _#]*\d$")


def part_of(label: str) -> Part | None:
    """The part that a label announces; None of one that is itself a name."""
    plain = _NUMBERED.sub("", " ".join(label.replace("_", " ").lower().split()).strip("\"'"))
    return next((part for part, pattern in _PATTERNS if pattern.fullmatch(plain)), None)
