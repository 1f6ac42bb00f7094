"""Which candidates stay, and why each of the others goes."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmc.core.seeds import seed_for
from cmc.curation.candidates import Candidate
from cmc.curation.criteria import fault_of
from cmc.curation.near_duplicates import near_duplicates
from cmc.curation.plan import BEST, Criteria, Group, Plan

STAYS = "stays"


@dataclass(frozen=True)
class Verdict:
    """reason: STAYS, or why it goes, as `kind: details`; name: of the ground truth that it becomes, "" of one that
    goes."""

    candidate: Candidate
    reason: str
    name: str = ""

    @property
    def kind(self) -> str:
        """The reason without its details."""
        return self.reason.partition(":")[0]


def select(plan: Plan, candidates: Sequence[Candidate], higher_is_better: bool = True) -> list[Verdict]:
    """A verdict a candidate, in order; it depends on pictures, plan and vetoes alone.

    What a candidate itself is like decides first, then the share of the best in its group, then whether a better one
    looks the same, a veto, and last the draw. A veto holds for near-duplicates of what is vetoed, too.
    """
    sign = -1.0 if higher_is_better else 1.0
    reasons: dict[str, str] = {}
    for group in plan.groups:
        members = [candidate for candidate in candidates if candidate.group == group.name]
        reasons |= {one.file: fault for one in members if (fault := fault_of(one, group.criteria, higher_is_better))}
        reasons |= _beyond_share([one for one in members if one.file not in reasons], group.criteria, sign)
    places = {group.name: place for place, group in enumerate(plan.groups)}
    best_first = sorted(
        (one for one in candidates if one.file not in reasons),
        key=lambda one: (places[one.group], sign * (one.score or 0), -one.pixels, one.file),
    )
    reasons |= near_duplicates(best_first, plan.distance)
    reasons |= {one.file: f"veto: {one.veto}" for one in best_first if one.veto and one.file not in reasons}
    names: dict[str, str] = {}
    for group in plan.groups:
        fit = [one for one in candidates if one.group == group.name and one.file not in reasons]
        drawn, left = _draw(fit, group, plan.seed, sign)
        reasons |= {one.file: f"not drawn: {group.count:,} are wanted, {len(fit):,} would do" for one in left}
        names |= _names(drawn, group)
    return [Verdict(one, reasons.get(one.file, STAYS), names.get(one.file, "")) for one in candidates]


def shortfalls(plan: Plan, verdicts: Sequence[Verdict]) -> dict[str, int]:
    """By group: how many pictures are missing of those that are wanted."""
    counts = Counter(verdict.candidate.group for verdict in verdicts if verdict.name)
    return {group.name: group.count - counts[group.name] for group in plan.groups if counts[group.name] < group.count}


def _beyond_share(candidates: Sequence[Candidate], criteria: Criteria, sign: float) -> Mapping[str, str]:
    if criteria.share is None:
        return {}
    ranked = sorted(candidates, key=lambda one: (sign * (one.score or 0), one.file))
    kept = math.ceil(criteria.share * len(ranked))
    return {
        one.file: f"share: {place:,} of {len(ranked):,} by score, the best {kept:,} stay"
        for place, one in enumerate(ranked[kept:], kept + 1)
    }


def _draw(
    candidates: Sequence[Candidate], group: Group, seed: int, sign: float
) -> tuple[list[Candidate], list[Candidate]]:
    """(drawn, left). At random means by a number of each picture's own, so that one more candidate changes the place of
    no other."""

    def rank(one: Candidate) -> tuple[float, str]:
        by_score = sign * (one.score or 0)
        return (by_score if group.criteria.pick == BEST else seed_for(seed, one.digest)), one.file

    ranked = sorted(candidates, key=rank)
    return ranked[: group.count], ranked[group.count :]


def _names(drawn: Sequence[Candidate], group: Group) -> dict[str, str]:
    """Numbered from 0, as the benchmark's are, in order of the candidates' files."""
    return {one.file: group.gt_name(number) for number, one in enumerate(sorted(drawn, key=lambda one: one.file))}
