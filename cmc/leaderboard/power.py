"""How sure ranks are: every two rows' difference, its interval, the chance that they would change rank, and the images
or seeds that it takes to tell them apart; and what the scores of rows over several seeds vary by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from cmc.core.crossed import Components, components
from cmc.core.modes import MODES
from cmc.core.workspace import ALL
from cmc.leaderboard.boards import Value, weighted
from cmc.leaderboard.differences import Difference, difference
from cmc.leaderboard.rows import PUBLISHED, Row, Statistic
from cmc.scores.summary import FR, NR, Key

OVERALL = "overall"


@dataclass(frozen=True)
class Separation:
    """Two rows, the better one first, and the difference of their `statistic` (a metric's mean, or "overall") over
    `modes`: the first's less the second's, so that it is negative where less is better."""

    better: str
    worse: str
    statistic: str
    modes: tuple[str, ...]
    difference: Difference


@dataclass(frozen=True)
class RowVariance:
    """What the scores of a row over several seeds vary by, by the `statistic` over `modes`."""

    row: str
    statistic: str
    modes: tuple[str, ...]
    components: Components


def statistic_of(name: str, modes: Sequence[str], content: str = ALL) -> Statistic:
    """The overall score (2 FR + NR) / 3 of the means over `modes`, or a metric's mean over them."""

    def overall(cells: Mapping[Key, Value]) -> Value:
        return weighted([cells[content, mode, FR] for mode in modes], [cells[content, mode, NR] for mode in modes])

    def mean(cells: Mapping[Key, Value]) -> Value:
        return sum(cells[content, mode, name] for mode in modes) / len(modes)  # type: ignore[return-value]

    return overall if name == OVERALL else mean


def scored_modes(row: Row, name: str, content: str = ALL) -> tuple[str, ...]:
    """The modes in which a row has what a statistic is made of."""
    metrics = (FR, NR) if name == OVERALL else (name,)
    return tuple(mode for mode in MODES if all((content, mode, metric) in row.cells for metric in metrics))


def power_table(
    rows: Sequence[Row],
    name: str = OVERALL,
    content: str = ALL,
    *,
    lower_is_better: bool = False,
    every_pair: bool = False,
) -> list[Separation]:
    """The pairs of rows by a statistic over the images of one content type, encoders' rows left out.

    Each result with the next best over the same modes, and with the published rows beside it where it may be compared
    with those (two of these are no pair, for they have no scores by image); or `every_pair` of a user's results that
    share a mode, over the modes that both have.
    """
    sign = -1 if lower_is_better else 1
    decoders = [row for row in rows if not row.encoder and scored_modes(row, name, content)]
    own = [row for row in decoders if row.source != PUBLISHED]
    pairs = combinations(own, 2) if every_pair else _neighbours(decoders, name, content, sign)
    table = []
    for first, second in pairs:
        modes = tuple(m for m in scored_modes(first, name, content) if m in scored_modes(second, name, content))
        found = _separation(first, second, name, modes, content, sign) if modes else None
        if found:
            table.append(found)
    return table


def _neighbours(rows: Sequence[Row], name: str, content: str, sign: int) -> Iterator[tuple[Row, Row]]:
    by_modes: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        by_modes.setdefault(scored_modes(row, name, content), []).append(row)
    for modes, alike in by_modes.items():
        statistic = statistic_of(name, modes, content)
        ordered = sorted(alike, key=lambda row: -sign * statistic(row.cells))
        own = pairwise([row for row in ordered if row.source != PUBLISHED])
        ranked = pairwise([row for row in ordered if not row.barred])
        found = {(first.source, first.name, second.source, second.name): (first, second) for first, second in own}
        for first, second in ranked:
            found.setdefault((first.source, first.name, second.source, second.name), (first, second))
        places = {id(row): place for place, row in enumerate(ordered)}
        yield from sorted(found.values(), key=lambda pair: [places[id(row)] for row in pair])


def _separation(
    first: Row, second: Row, name: str, modes: tuple[str, ...], content: str, sign: int
) -> Separation | None:
    statistic = statistic_of(name, modes, content)
    if sign * statistic(first.cells) < sign * statistic(second.cells):
        first, second = second, first
    found = difference(first, second, statistic)
    return None if found is None else Separation(first.name, second.name, name, modes, found)


def variance_table(rows: Sequence[Row], name: str = OVERALL, content: str = ALL) -> list[RowVariance]:
    """What the scores of every row over several seeds vary by, over all modes that it has."""
    table = []
    for row in rows:
        modes = scored_modes(row, name, content)
        found = components(statistic_of(name, modes, content)(row.tables)) if row.seeds and modes else None
        if found and not row.encoder:
            table.append(RowVariance(row.name, name, modes, found))
    return table
