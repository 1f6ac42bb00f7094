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
_STRIKING = r"(?:striking|salient|prominent|notable|main|key|eye-catching)"
_THINGS = r"(?:objects?|items?|elements?|subjects?|features?)"
# By the whole label, in lower case, without its number and a remark in brackets.
_LABELS = (
    (
        Part.OVERALL,
        rf"(?:the )?(?:overall(?: (?:{_WHOLE}|{_TEXT}|composition|view|atmosphere))*(?: of .{{0,30}})?"
        rf"|{_WHOLE}(?: (?:image|picture|scene))? {_TEXT}|whole (?:image|picture|scene)|summary|overview"
        rf"|{_TEXT} of the (?:{_WHOLE} ?)+)",
    ),
    (
        Part.DETAILS,
        r"(?:the )?(?:(?:detail(?:s|ed)?|(?:detailed |object |item )?(?:descriptions?|appearance|attributes))"
        r"(?: (?:of|for|about) .{0,40})?|caption|desc)",
    ),
    (
        Part.NAMES,
        rf"(?:the )?(?:(?:three |top |3 |most )*{_STRIKING} {_THINGS}.{{0,60}}"
        rf"|(?:three )?(?:{_THINGS}|names?)(?: names?)?|objects, people,? (?:or|and) animals)",
    ),
)
_PATTERNS = tuple((part, re.compile(pattern)) for part, pattern in _LABELS)
# "Object 2: ...", "Striking object #2: ...", "Detail 2: ..."
_NUMBERED = re.compile(r"[ _#]*\d$")
_REMARK = re.compile(r" ?\([^()]*\)$")


def part_of(label: str) -> Part | None:
    """The part that a label announces; None of one that is itself a name."""
    words = " ".join(label.replace("_", " ").lower().split()).strip("\"'")
    plain = _NUMBERED.sub("", _REMARK.sub("", words))
    return next((part for part, pattern in _PATTERNS if pattern.fullmatch(plain)), None)
