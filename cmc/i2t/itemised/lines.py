"""An answer in lines, numbered, with bullets, under headings or in a table, read into a draft."""

import re

from cmc.i2t.itemised.draft import MOST_WORDS, Draft, split_names
from cmc.i2t.itemised.labels import Part, part_of
from cmc.i2t.itemised.markup import Line, read_line, split_pair

_ITEMS = 3
# Of a detail that nothing marks as one; asked for are 10.
_MOST_WORDS_OF_A_DETAIL = 30
# Where an answer in a single line begins its next part.
_NEXT_PART = re.compile(r"(?<=\S)[ \t]+(?=\(?[2-4][.)]\s|(?:\*\*)?Overall\b[^.:]{0,30}:)")


def read_lines(text: str, draft: Draft) -> None:
    """Adds to the draft what the lines of a text say."""
    text = text.strip()
    if "\n" not in text:
        text = _NEXT_PART.sub("\n", text)
    reader = _Reader(draft)
    for raw in text.split("\n"):
        line = read_line(raw) if raw.strip() else None
        if line is not None:
            reader.read(line)
        elif not raw.strip():
            reader.end_paragraph()


class _Reader:
    """Line by line; `_part`: what the last heading announced."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._part: Part | None = None

    def end_paragraph(self) -> None:
        """The description of the whole is one paragraph; what comes after it is the model's talk."""
        if self._part is Part.OVERALL and self._draft.overall:
            self._part = None

    def read(self, line: Line) -> None:
        part = part_of(line.label or line.text)
        if part is not None:
            self._announced(part, line)
        elif self._part is Part.OVERALL and not (line.marked and self._draft.overall):
            self._draft.overall = f"{self._draft.overall} {line.text}".strip()
        elif line.label and line.value and self._is_pair(line):
            self._draft.pairs.append((line.label, line.value))
        elif line.label and not line.value:
            self._heading(line)
        else:
            self._bare(line)

    def _announced(self, part: Part, line: Line) -> None:
        self._part = part
        pair = split_pair(line.value) if part is Part.NAMES else None
        if pair and pair[1]:
            self._draft.pairs.append(pair)
        elif line.value:
            self._draft.add(part, line.value)

    def _is_pair(self, line: Line) -> bool:
        if len(line.label.split()) > MOST_WORDS:
            return False
        if line.marked:
            return True
        enough = bool(self._draft.overall) or len(self._draft.pairs) >= _ITEMS
        return not enough and len(line.value.split()) <= _MOST_WORDS_OF_A_DETAIL

    def _heading(self, line: Line) -> None:
        """A name above its detail; or a sentence that leads to what follows, which says nothing."""
        self._part = None
        if line.marked and len(line.label.split()) <= MOST_WORDS:
            self._draft.names.append(line.label)

    def _bare(self, line: Line) -> None:
        draft, short = self._draft, len(line.text.split()) <= MOST_WORDS
        if self._part is Part.DETAILS or (self._part is None and draft.lacks_detail):
            draft.details.append(line.text)
        elif line.indented and draft.details:
            draft.details[-1] += f", {line.text}"
        elif self._part is Part.NAMES or _lists_names(line.text) or (line.marked and short):
            draft.names += split_names(line.text)
        elif draft.has_names:
            draft.paragraphs.append(line.text)


def _lists_names(text: str) -> bool:
    """Whether a line is `A, B, C.`, as in the published notebook's layout."""
    names = text.split(",")
    return len(names) == _ITEMS and all(0 < len(name.split()) < MOST_WORDS for name in names)
