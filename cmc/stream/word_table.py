"""The frozen statistics of the word model, read from `words-<version>.xz`; `tools/word_table.py` makes that file.

All of it is whole numbers. A published version never changes: a new table gets a new version.
"""

import json
import lzma
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TypedDict

from cmc.core.errors import CMCError
from cmc.core.once import once

VERSION = 1

END, SPELL = "\0end", "\0spell"
_SUFFIXES = ("ing", "ed", "ly", "s")
_VOWELS = "aeiou"
# Letters and marks that a spelled word is made of; the two more are its end, and any other character.
LETTERS = [chr(code) for code in range(32, 127)]
LETTER_END, LETTER_OTHER = len(LETTERS), len(LETTERS) + 1
CASES = 3


def suffix(word: str) -> str:
    """The ending that tells most about what follows a word: ing, ed, ly, s, or none."""
    return next((ending for ending in _SUFFIXES if word.endswith(ending)), "")


def word_class(word: str) -> str:
    """The name of the class through which a rarer word is coded: its ending, and whether it takes `an`."""
    return f"\0{suffix(word)}{'+' if word[0] in _VOWELS else '-'}"


CLASSES = sorted({f"\0{ending}{sign}" for ending in (*_SUFFIXES, "") for sign in "+-"})


@dataclass(frozen=True)
class Sparse:
    """Counts of a few symbols: `ids` ascending, `ends` their running total with a leading 0."""

    ids: list[int]
    ends: list[int]

    def below(self, symbol: int) -> int:
        """Total count of the symbols smaller than `symbol`."""
        return self.ends[bisect_right(self.ids, symbol - 1)]


def sparse(counts: dict[int, int]) -> Sparse:
    """`Sparse` of counts by symbol."""
    ids = sorted(counts)
    return Sparse(ids, [0, *accumulate(counts[symbol] for symbol in ids)])


def blend(lower: list[int], counts: dict[int, int], trust: int) -> list[int]:
    """Weights of every symbol in a context: its counts, smoothed by the weights `lower` of the wider context.

    Dirichlet smoothing in whole numbers: (n_s + k * lower_s / total) with k = `trust` per distinct symbol.
    """
    if not counts:
        return lower
    total, strength = sum(lower), trust * len(counts)
    weights = [strength * weight for weight in lower]
    for symbol, count in counts.items():
        weights[symbol] += count * total
    return weights


# Weights of symbols by the context that they follow; JSON has the symbols as text.
Counts = dict[str, dict[str, int]]


class StoredTable(TypedDict):
    """The table as its file has it; `tail` is [weight, "word word ..."] by class, heaviest first."""

    head: list[str]
    order0: list[int]
    contexts: Counts
    trust: list[int]
    tail: dict[str, list[tuple[int, str]]]
    next: Counts
    cases: list[list[int]]
    letter0: list[int]
    letters: Counts


class WordTable:
    """The statistics as they are used.

    head: frequent words, marks and word classes, coded from the two tokens before; tail: all other words, by class
    (`first[c] <= id < first[c + 1]`) with running totals `ends`, coded from the word before; cases and letters:
    weights by context.
    """

    def __init__(self, document: StoredTable) -> None:
        self.head: list[str] = document["head"]
        self.head_ids = {token: number for number, token in enumerate(self.head)}
        self._contexts: dict[str, dict[int, int]] = _numbered(document["contexts"])
        self._order0: list[int] = document["order0"]
        self._trust: list[int] = document["trust"]
        self._read_tail(document["tail"])
        self._next: dict[str, dict[int, int]] = _numbered(document["next"])
        self.cases = [_ends(weights) for weights in document["cases"]]
        self._letters = _numbered(document["letters"])
        self._letter0: list[int] = document["letter0"]
        self.tail_trust = self._trust[2]
        self.head_ends = lru_cache(4096)(self._head_ends)
        self.letter_ends = lru_cache(None)(self._letter_ends)
        self.after = lru_cache(4096)(self._after)

    def _read_tail(self, tail: dict[str, list[tuple[int, str]]]) -> None:
        self.tail: list[str] = []
        self.first: dict[str, tuple[int, int]] = {}
        weights: list[int] = []
        for name, levels in tail.items():
            start = len(self.tail)
            for weight, words in levels:
                self.tail += words.split()
                weights += [weight] * (len(self.tail) - len(weights))
            self.first[name] = (start, len(self.tail))
        self.tail_ids = {word: number for number, word in enumerate(self.tail)}
        self.ends = [0, *accumulate(weights)]

    def context(self, token: str) -> str:
        """What a token is as context of the next: itself if frequent, else the class of its ending."""
        return token if token in self.head_ids else f"\0{suffix(token)}"

    def _head_ends(self, before: str, last: str) -> list[int]:
        first = blend(self._order0, self._contexts.get(last, {}), self._trust[0])
        return _ends(blend(first, self._contexts.get(f"{before}\t{last}", {}), self._trust[1]))

    def _letter_ends(self, last: int) -> list[int]:
        return _ends(blend(self._letter0, self._letters.get(str(last), {}), 1))

    def _after(self, last: str, name: str) -> Sparse:
        low, high = self.first[name]
        followers = self._next.get(last, {})
        return sparse({word: count for word, count in followers.items() if low <= word < high})


def _ends(weights: list[int]) -> list[int]:
    return [0, *accumulate(weights)]


def _numbered(table: Counts) -> dict[str, dict[int, int]]:
    return {key: {int(symbol): count for symbol, count in counts.items()} for key, counts in table.items()}


@once
def load_word_table(version: int) -> WordTable:
    """The table of a version. Raises CMCError for one that this toolkit does not have."""
    path = Path(__file__).with_name(f"words-{version}.xz")
    if not path.is_file():
        raise CMCError(f"this stream needs word table {version}, this toolkit has {VERSION}; update cmc")
    return WordTable(json.loads(lzma.decompress(path.read_bytes())))
