"""The rankings as data: which modes each compares, and by which formula."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from cmc.core.modes import MODES
from cmc.core.workspace import ALL
from cmc.scores.summary import FR, NR, Key, overall

# Images of each content type in the benchmark (section 3.1): what its means over all images weigh them by.
CONTENT_COUNTS = {"NSI": 400, "SCI": 300, "AIGI": 300}

Value = TypeVar("Value", float, np.ndarray)


def weighted(fr: Sequence[Value], nr: Sequence[Value]) -> Value:
    """(2 FR + NR) / 3 of the means over the modes (section 4.1); reproduces the T2I leaderboard and tables 3 and 4."""
    return overall(sum(fr) / len(fr), sum(nr) / len(nr))  # type: ignore[arg-type, return-value]


def plain(fr: Sequence[Value], nr: Sequence[Value]) -> Value:
    """The mean of all columns: what the printed I2T leaderboard and table 5 hold, whatever section 4.1 says."""
    return sum([*fr, *nr]) / (len(fr) + len(nr))  # type: ignore[return-value]


@dataclass(frozen=True)
class Board:
    """One ranking. A row stands in it that has all of `modes` and, where `only` is set, no other mode.

    `encoders`: it ranks captioners under one decoder instead of decoders under one captioner.
    `by_content`: the modes that the paper prints by content type, where those are fewer.
    """

    name: str
    title: str
    modes: tuple[str, ...]
    formula: Callable[[Sequence[Value], Sequence[Value]], Value]
    formula_text: str
    encoders: bool = False
    only: bool = False
    by_content: tuple[str, ...] = ()

    def of(self, content: str) -> "Board":
        """This board over the images of one content type."""
        return replace(self, modes=self.by_content) if content != ALL and self.by_content else self

    def admits(self, modes: set[str]) -> bool:
        """Whether a row that was scored in `modes` can be ranked here."""
        return modes >= set(self.modes) and (not self.only or modes == set(self.modes))

    def score(self, cells: Mapping[Key, Value], content: str = ALL) -> Value:
        """The overall score of a row's `cells`, means by (content, mode, metric), over this board's modes alone."""
        fr = [cells[content, mode, FR] for mode in self.modes]
        nr = [cells[content, mode, NR] for mode in self.modes]
        return self.formula(fr, nr)


WEIGHTED = "(2 mean FR + mean NR) / 3"
PLAIN = "mean of all columns, as printed"

BOARDS = {
    board.name: board
    for board in (
        Board("t2i", "Decoders (T2I), all four modes", tuple(MODES), weighted, WEIGHTED),
        Board("ulb", "Decoders at ULB, 1,000x: full and image", ("full", "image"), weighted, WEIGHTED),
        Board("elb", "Decoders at ELB, 10,000x: pixel and text", ("pixel", "text"), weighted, WEIGHTED),
        Board(
            "restorative",
            "Restorative and editing decoders: full and image only",
            ("full", "image"),
            weighted,
            WEIGHTED,
            only=True,
        ),
        Board(
            "i2t",
            "Encoders (I2T) with RealVis: full, pixel and text",
            ("full", "pixel", "text"),
            plain,
            PLAIN,
            encoders=True,
            by_content=("full", "pixel"),
        ),
    )
}
