"""Captions as words and marks, with the spaces between them left to a rule.

Every text comes back to the character: where it departs from the rule a FLIP token says so.
"""

import re
from collections.abc import Iterable, Iterator

FLIP = "\0flip"
_LETTERS = "A-Za-z\u00c0-\u024f"
_PIECE = re.compile(rf"[{_LETTERS}]+(?:['\u2019][{_LETTERS}]+)*|[0-9]+|[\x00-\x7f]|[^\x00-\x7f{_LETTERS}]+", re.DOTALL)
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%\u2019\u201d\u2026-\u2013\u2014/ \n\r\t")
_NO_SPACE_AFTER = frozenset("([{#$\u2018\u201c-\u2013\u2014/ \n\r\t")
_QUOTES = frozenset("\"'")


class Spacing:
    """Follows the tokens of one text and says where a space is expected."""

    def __init__(self) -> None:
        self._glued = True
        self._open: set[str] = set()

    def expected(self, token: str) -> bool:
        """Whether a space is expected before `token`; the empty token stands for the end of the text."""
        closing = token in _QUOTES and token in self._open
        return bool(token) and not (self._glued or closing or token in _NO_SPACE_BEFORE)

    def add(self, token: str) -> None:
        """Go on after `token`."""
        opening = token in _QUOTES and token not in self._open
        if token in _QUOTES:
            self._open ^= {token}
        self._glued = opening or token in _NO_SPACE_AFTER


def split(text: str) -> Iterator[str]:
    """The words, numbers and marks of a text, and a FLIP before each that breaks the rule of spaces."""
    spacing = Spacing()
    place = 0
    while place < len(text):
        spaced = text[place] == " " and place + 1 < len(text)
        piece = _PIECE.match(text, place + spaced)
        assert piece, "the pattern matches any character"
        token = piece.group()
        if token == " ":
            spaced = False
        if spacing.expected(token) != spaced:
            yield FLIP
        yield token
        spacing.add(token)
        place += spaced + len(token)


def join(tokens: Iterable[str]) -> str:
    """The text that `split` made the tokens of."""
    spacing = Spacing()
    parts, flipped = [], False
    for token in tokens:
        if token == FLIP:
            flipped = not flipped
            continue
        parts.append(" " + token if spacing.expected(token) != flipped else token)
        spacing.add(token)
        flipped = False
    return "".join(parts)
