"""What stands at the head of the page: warnings, each once, and results that are on no ranking, a row a mode."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.bootstrap import interval
from cmc.core.workspace import ALL, CONTENT_TYPES, content_type
from cmc.leaderboard.boards import CONTENT_COUNTS
from cmc.leaderboard.rows import Row
from cmc.scores.score_file import ScoreFile
from cmc.scores.summary import FR, NR


@dataclass(frozen=True)
class Caution:
    """A reason that bars results from comparison, and the results that it holds for."""

    text: str
    targets: Sequence[str]


@dataclass(frozen=True)
class CompactRow:
    """Means of one mode over all images; None where it has no such score or no known rate. `stated`: the rate is
    as its author says; `lost`: pictures."""

    name: str
    mode: str
    fr: float | None
    fr_bounds: tuple[float, float] | None
    nr: float | None
    nr_bounds: tuple[float, float] | None
    bpp: float | None
    stated: bool
    lost: int


def natural_key(name: str) -> tuple[object, ...]:
    """Sorts numbers in names by their value: qp5 before qp10."""
    return tuple(int(part) if part.isdecimal() else part.casefold() for part in re.split(r"(\d+)", name)), name


def warnings_of(rows: Sequence[Row]) -> list[Caution]:
    """Every reason once, in the order in which rows have them."""
    targets: dict[str, list[str]] = {}
    for row in rows:
        for reason in row.barred:
            targets.setdefault(reason, []).append(row.name)
    return [Caution(reason, names) for reason, names in targets.items()]


def compact_rows(rows: Sequence[Row], placed: Collection[str], files: Mapping[str, ScoreFile]) -> list[CompactRow]:
    """A row a mode of every result that is on no ranking."""
    return [
        _compact_row(row, mode, [files[target] for target in row.targets])
        for row in rows
        if row.name not in placed
        for mode in files[row.targets[0]].modes
    ]


def _compact_row(row: Row, mode: str, files: Sequence[ScoreFile]) -> CompactRow:
    fr, nr = (ALL, mode, FR), (ALL, mode, NR)
    lost = sum(score.mode == mode and not score.values for file in files for score in file.scores)
    bounds = _bounds(row.draws.get(fr)), _bounds(row.draws.get(nr))
    means = row.cells.get(fr), bounds[0], row.cells.get(nr), bounds[1]
    return CompactRow(row.name, mode, *means, row.rates.get((ALL, mode)), mode in row.stated, lost)


def _bounds(draws: np.ndarray | None) -> tuple[float, float] | None:
    return None if draws is None else interval(draws)


def image_counts(files: Mapping[str, ScoreFile]) -> dict[str, int]:
    """Scored images by content type and in all; the benchmark's own without any file."""
    names = {name for file in files.values() for name in file.names}
    kinds = Counter(content_type(name)[0] for name in names) if files else Counter(CONTENT_COUNTS)
    return {ALL: kinds.total(), **{kind: kinds[kind] for kind in CONTENT_TYPES}}
