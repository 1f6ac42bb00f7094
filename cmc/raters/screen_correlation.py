"""Screening by correlation with the panel: the paper's rule (CMC-Bench, appendix A.2), and that of ITU-T P.913."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from cmc.raters.agreeing import FEWEST, by_condition, pearson, spearman, with_panel
from cmc.raters.score_table import ScoreTable
from cmc.raters.verdicts import Verdict, Verdicts

# P.913's limits of r1, by picture, and r2, by condition: who is below both goes.
BY_PICTURE, BY_CONDITION = 0.75, 0.8


@dataclass(frozen=True)
class PaperRule:
    """Who is below `threshold` goes; what the paper leaves open: `leave_one_out`: whether the panel's mean is of the
    others alone; `repeated`: whether the worst goes first and the mean is taken anew, until nobody is below."""

    threshold: float = 0.6
    leave_one_out: bool = True
    repeated: bool = True


def screen_paper(table: ScoreTable, rule: PaperRule) -> Verdicts:
    """`srocc`: Spearman's correlation of a viewer with the panel, as it was when they went, or at the end."""
    judge = partial(_by_rank, rule=rule)
    return _worst_first(table, judge) if rule.repeated else judge(table)[0]


def screen_p913(table: ScoreTable) -> Verdicts:
    """`r1`, `r2`: Pearson's correlation of a viewer with the panel's mean, theirs included, over pictures, and over the
    means of conditions; the worst by their mean goes first and the mean is taken anew, until nobody is below both
    limits. Under FEWEST conditions, `r2` is NaN and r1 alone tells."""
    return _worst_first(table, _by_line)


# Of each viewer the verdict; and the figure by which one is worse than another, lower being worse.
Judge = Callable[[ScoreTable], tuple[Verdicts, dict[str, float]]]


def _by_rank(table: ScoreTable, rule: PaperRule) -> tuple[Verdicts, dict[str, float]]:
    found = with_panel(table.scores, spearman, rule.leave_one_out)
    verdicts = {viewer: _rank_verdict(srocc, rule) for viewer, srocc in zip(table.viewers, found.tolist(), strict=True)}
    return verdicts, {viewer: verdict.figures["srocc"] for viewer, verdict in verdicts.items()}


def _rank_verdict(srocc: float, rule: PaperRule) -> Verdict:
    why = "" if srocc >= rule.threshold else f"SROCC {srocc:.3f} < {rule.threshold:g}"
    return Verdict({"srocc": srocc}, "no SROCC: all their votes are alike, or too few" if np.isnan(srocc) else why)


def _by_line(table: ScoreTable) -> tuple[Verdicts, dict[str, float]]:
    r1 = with_panel(table.scores, pearson, leave_one_out=False)
    r2 = _over_conditions(table)
    verdicts = {viewer: _line_verdict(*both) for viewer, *both in zip(table.viewers, r1.tolist(), r2.tolist())}
    worse = np.where(np.isnan(r2), r1, (r1 + r2) / 2)
    return verdicts, dict(zip(table.viewers, worse.tolist(), strict=True))


def _over_conditions(table: ScoreTable) -> np.ndarray:
    conditions = table.conditions
    if len(np.unique(conditions)) < FEWEST:
        return np.full(len(table.viewers), np.nan)
    return with_panel(by_condition(table.scores, conditions), pearson, leave_one_out=False)


def _line_verdict(r1: float, r2: float) -> Verdict:
    figures = {"r1": r1, "r2": r2}
    if np.isnan(r1):
        return Verdict(figures, "no r1: all their votes are alike, or too few")
    if r1 >= BY_PICTURE or r2 >= BY_CONDITION:
        return Verdict(figures)
    below = f"r1 {r1:.3f} < {BY_PICTURE}"
    return Verdict(figures, below if np.isnan(r2) else f"{below} and r2 {r2:.3f} < {BY_CONDITION}")


def _worst_first(table: ScoreTable, judge: Judge) -> Verdicts:
    """Verdicts of who went, when they went, and of the others at the end."""
    gone: Verdicts = {}
    while True:
        left = table.without(gone)
        verdicts, figures = judge(left)
        rejected = [viewer for viewer in left.viewers if verdicts[viewer].rejected]
        if not rejected:
            return verdicts | gone
        worst = min(rejected, key=lambda viewer: np.nan_to_num(figures[viewer], nan=-2.0))
        gone[worst] = verdicts[worst]
