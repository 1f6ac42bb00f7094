"""A line of an answer without its Markdown, and what stands before and after its colon or dash."""

import re
from dataclasses import dataclass

from cmc.i2t.itemised.draft import MOST_WORDS
from cmc.i2t.itemised.labels import part_of

# Quotes, headings, bullets, and numbers in their forms.
_MARK = re.compile(r"(?:>|#{1,6}(?=\s)|[-*+•◦–](?=\s)|\(?\d{1,2}(?:[.):]|\.\))(?=\s|\*)|\[\d\]|[①-⑨])\s*")
_BOLD = re.compile(r"(\*\*|__|\*)(?P<lead>(?:(?!\1).)+)\1\s*(?P<rest>.*)")
_SPLIT = re.compile(r"\s*[:：](?:\s+|$)|(?<=\S)\s+[-–—]+\s+|\s*—\s*|：")
_BEFORE_A_VALUE = re.compile(r"^\s*[:：–—-]+\s*")
_IN_BRACKETS = re.compile(r"([^()]+?)\s*\(([^()]+)\)\.?")
_MARKS_ALONE = re.compile(r"[|\s:{}\[\],-]+")
_COUNT = re.compile(r"\s*\((?:word count: ?)?~?\d+ words?\)")


@dataclass(frozen=True)
class Line:
    """`text`: all of it; `label` and `value`: its two sides, "" where it has none; marked: whether it begins with a
    number, a bullet, a heading's marks or in bold; indented: whether it is set in."""

    text: str
    label: str
    value: str
    marked: bool
    indented: bool


def read_line(raw: str) -> Line | None:
    """A line that is not blank; None of a table's head and rule, of a code fence, of brackets alone."""
    indented = raw[:2].isspace()
    text = " ".join(raw.split())
    if text.startswith(("```", "~~~")) or _MARKS_ALONE.fullmatch(text):
        return None
    if text.startswith("|"):
        return _row(text, indented)
    text, marked = _without_marks(text)
    lead = _BOLD.match(text)
    if lead is None:
        label, value = split_pair(text) or ("", "")
        return Line(_plain(text), _plain(label), _plain(value), marked, indented)
    inner, _ = _without_marks(lead["lead"])
    return _bold(inner, lead["rest"], indented) or Line(_plain(text), "", "", marked, indented)


def split_pair(text: str) -> tuple[str, str] | None:
    """(`Red boat`, `small and wooden`) of `Red boat: small and wooden` and the like; None of a sentence."""
    parts = _SPLIT.split(text, maxsplit=1)
    if len(parts) == 2 and (_is_short(parts[0]) or part_of(_plain(parts[0])) or not parts[1]):
        return parts[0], parts[1]
    brackets = _IN_BRACKETS.fullmatch(text)
    named = brackets is not None and _is_short(brackets[1]) and part_of(brackets[1]) is None
    return (brackets[1], brackets[2]) if brackets and named else None


def _bold(lead: str, rest: str, indented: bool) -> Line | None:
    """Of a line that begins in bold; None where that is no label."""
    label, inside = split_pair(lead) or (lead, "")
    value = f"{inside} {_BEFORE_A_VALUE.sub('', rest)}".strip()
    if value.startswith("(") and value.endswith(")"):
        value = value[1:-1]
    if not (_is_short(label) or part_of(_plain(label))):
        return None
    return Line(_plain(f"{label}: {value}"), _plain(label), _plain(value), True, indented)


def _row(text: str, indented: bool) -> Line | None:
    cells = [_plain(cell.strip()) for cell in text.strip("|").split("|")]
    cells = [cell for cell in cells if cell and not cell.isdigit()]
    if len(cells) < 2 or all(part_of(cell) or cell in {"#", "No."} for cell in cells):
        return None
    return Line(" ".join(cells), cells[0], ", ".join(cells[1:]), True, indented)


def _without_marks(text: str) -> tuple[str, bool]:
    rest = text
    while mark := _MARK.match(rest):
        rest = rest[mark.end() :]
    return rest, rest != text


def _is_short(label: str) -> bool:
    return 0 < len(label.split()) <= MOST_WORDS


def _plain(text: str) -> str:
    return _COUNT.sub("", text.replace("**", "").replace("__", "").replace("`", "")).strip(" *")
