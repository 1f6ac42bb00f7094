"""The rules that say whose votes count, and whom each would send away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cmc.core.errors import CMCError
from cmc.raters.score_table import ScoreTable
from cmc.raters.screen_bt500 import screen_bt500
from cmc.raters.screen_correlation import PaperRule, screen_p913, screen_paper
from cmc.raters.verdicts import Verdict, Verdicts
from cmc.raters.votes import Dimension

PAPER, NONE = "paper", "none"


@dataclass(frozen=True)
class Rule:
    """A rule of screening: where it comes from, in words; the figures of its verdicts, in order; and what it says of a
    table's viewers."""

    source: str
    figures: tuple[str, ...]
    screen: Callable[[ScoreTable, PaperRule], Verdicts]


RULES: Mapping[str, Rule] = {
    PAPER: Rule("SROCC with the panel (CMC-Bench, appendix A.2)", ("srocc",), screen_paper),
    "bt500": Rule(
        "kurtosis (ITU-R BT.500-14, annex 1, 2.3.1)",
        ("p", "q", "share", "asymmetry"),
        lambda table, _: screen_bt500(table),
    ),
    "p913": Rule(
        "correlation by picture and condition (ITU-T P.913)", ("r1", "r2"), lambda table, _: screen_p913(table)
    ),
}


@dataclass(frozen=True)
class Screening:
    """rule: of RULES, or NONE; paper: what the paper's leaves open; whole: who goes from one dimension goes from
    both."""

    rule: str = PAPER
    paper: PaperRule = field(default_factory=PaperRule)
    whole: bool = False


@dataclass(frozen=True)
class Screened:
    """What every rule says of the viewers of a dimension's votes, and the table without those who go by the one that
    was chosen; gone: why, by viewer."""

    verdicts: Mapping[str, Verdicts]
    gone: Mapping[str, str]
    before: ScoreTable
    table: ScoreTable


def screen(tables: Sequence[ScoreTable], screening: Screening) -> dict[Dimension, Screened]:
    """Whose votes count, by dimension. Raises CMCError where fewer than two viewers would be left."""
    verdicts = {
        table.dimension: {name: rule.screen(table, screening.paper) for name, rule in RULES.items()} for table in tables
    }
    gone = {dimension: _gone(by_rule.get(screening.rule, {})) for dimension, by_rule in verdicts.items()}
    if screening.whole:
        gone = {dimension: _from_any(gone) | own for dimension, own in gone.items()}
    return {table.dimension: _screened(table, verdicts[table.dimension], gone[table.dimension]) for table in tables}


def _gone(verdicts: Mapping[str, Verdict]) -> dict[str, str]:
    return {viewer: verdict.why for viewer, verdict in sorted(verdicts.items()) if verdict.rejected}


def _from_any(gone: Mapping[Dimension, Mapping[str, str]]) -> dict[str, str]:
    return {viewer: f"{why} in {dimension}" for dimension, own in gone.items() for viewer, why in own.items()}


def _screened(table: ScoreTable, verdicts: Mapping[str, Verdicts], gone: Mapping[str, str]) -> Screened:
    left = table.without(gone)
    if len(left.viewers) < 2:
        raise CMCError(
            f"{table.dimension}: {len(left.viewers)} of {len(table.viewers)} viewers would be left; expected two or "
            f"more: ask more people, or screen by another rule ({', '.join(RULES)} or {NONE})"
        )
    return Screened(verdicts, {viewer: gone[viewer] for viewer in table.viewers if viewer in gone}, table, left)
