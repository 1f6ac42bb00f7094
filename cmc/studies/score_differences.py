"""How far the scores of two results are apart that should come to the same, and whether ranks change with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from cmc.core.errors import CMCError, some
from cmc.core.modes import MODES
from cmc.core.workspace import key_of
from cmc.metrics.base import FR, NR
from cmc.scores.score_file import ScoreFile
from cmc.scores.summary import overall
from cmc.stages.evaluate_tasks import SCORED

# How many images were scored, by which metrics: that says nothing of how.
SCOPE = ("limit", "images", "metrics", "lower_is_better")
# Scores are equal to so many: the order of a sum's terms is no difference.
DECIMALS = 9


@dataclass(frozen=True)
class MetricDifference:
    """One metric over `pictures` paired pictures: the largest and the mean absolute difference, and by how much the
    second's mean is higher."""

    largest: float
    mean: float
    shift: float
    pictures: int


@dataclass(frozen=True)
class PairedScores:
    """The scores of one target on two sides, by (key, mode), for pictures that both have; `unpaired`: why others have
    no partner."""

    target: str
    scores: Mapping[tuple[str, str], tuple[Mapping[str, float], Mapping[str, float]]]
    unpaired: Mapping[str, str] = field(default_factory=dict)

    @property
    def modes(self) -> list[str]:
        """The modes that both sides were scored in, in the benchmark's order."""
        return [mode for mode in MODES if any(own == mode for _, own in self.scores)]

    def differences(self, mode: str) -> dict[str, MetricDifference]:
        """By metric, of one mode."""
        rows = [pair for (_, own), pair in self.scores.items() if own == mode]
        found = {}
        for column in dict.fromkeys(column for first, _ in rows for column in first):
            pairs = [(first[column], second[column]) for first, second in rows if column in first and column in second]
            if pairs:
                gaps = np.array([second - first for first, second in pairs])
                size = np.abs(gaps)
                found[column] = MetricDifference(float(size.max()), float(size.mean()), float(gaps.mean()), len(pairs))
        return found


def pair_scores(target: str, first: ScoreFile, second: ScoreFile) -> PairedScores:
    """Raises CMCError where the two were scored in different ways: then the scores differ for that reason."""
    settings = sorted({*first.settings, *second.settings} - set(SCOPE))
    different = [key for key in settings if first.settings.get(key) != second.settings.get(key)]
    if different:
        raise CMCError(f"scored with another {some(different)}; score them alike")
    one, other = ({(key_of(score.name), score.mode): score for score in file.scores} for file in (first, second))
    paired, unpaired = {}, {}
    for key, mode in sorted(one.keys() | other.keys()):
        sides = one.get((key, mode)), other.get((key, mode))
        if sides[0] and sides[1] and sides[0].status == sides[1].status == SCORED:
            paired[key, mode] = sides[0].values, sides[1].values
        else:
            faults = dict.fromkeys(score.status if score else "not scored" for score in sides)
            unpaired[f"{mode}/{key}"] = " and ".join(fault for fault in faults if fault != SCORED)
    return PairedScores(target, paired, unpaired)


@dataclass(frozen=True)
class Ranking:
    """Targets by overall score on two sides, over the same `images` in the same `modes`; `swaps`: pairs of them whose
    order is another on the second side."""

    overall: Mapping[str, tuple[float, float]]
    modes: Sequence[str]
    images: int
    swaps: Sequence[tuple[str, str]]


def rank_both(targets: Sequence[PairedScores]) -> Ranking | None:
    """The targets ranked on either side over what all of them have; None where FR, NR or common pictures lack."""
    common = set.intersection(*(_ranked(target) for target in targets)) if targets else set()
    modes = [mode for mode in MODES if any(own == mode for _, own in common)]
    keys = {key for key, _ in common if all((key, mode) in common for mode in modes)}
    if not keys:
        return None
    pictures = [(key, mode) for key in sorted(keys) for mode in modes]
    found = {target.target: (_overall(target, pictures, 0), _overall(target, pictures, 1)) for target in targets}
    swaps = [(a, b) for a, b in combinations(found, 2) if _order(found, a, b, 0) != _order(found, a, b, 1)]
    return Ranking(found, modes, len(keys), swaps)


def _ranked(target: PairedScores) -> set[tuple[str, str]]:
    """The pictures that have FR and NR on both sides."""
    return {picture for picture, sides in target.scores.items() if all({FR, NR} <= side.keys() for side in sides)}


def _overall(target: PairedScores, pictures: Iterable[tuple[str, str]], side: int) -> float:
    values = [target.scores[picture][side] for picture in pictures]
    return overall(float(np.mean([each[FR] for each in values])), float(np.mean([each[NR] for each in values])))


def _order(found: Mapping[str, tuple[float, float]], first: str, second: str, side: int) -> float:
    """1, 0 or -1: which of two targets is better on a side."""
    return float(np.sign(round(found[first][side] - found[second][side], DECIMALS)))
