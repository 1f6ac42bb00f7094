"""The ways from votes to opinion scores, and from z scores to the votes' scale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cmc.raters import z_scores
from cmc.raters.opinion_scores import OpinionScores, mean_over_viewers
from cmc.raters.score_table import ScoreTable, deviations, means
from cmc.raters.viewer_model import fit_viewers, without_bias


@dataclass(frozen=True)
class Method:
    """A way to opinion scores: where it comes from, in words; whether its scores are z, to be mapped."""

    source: str
    score: Callable[[ScoreTable], OpinionScores]
    z: bool = False


METHODS: Mapping[str, Method] = {
    "paper": Method("mean z score (CMC-Bench, equations 1 and 2, corrected)", z_scores.corrected, z=True),
    "paper-printed": Method("the same equations as they are printed", z_scores.as_printed, z=True),
    "mean": Method("mean vote", lambda table: mean_over_viewers(table.scores)),
    "unbiased": Method("mean vote without the viewers' biases (ITU-T P.913, 12.4)", lambda t: without_bias(t.scores)),
    "likelihood": Method(
        "maximum likelihood of quality, bias and inconsistency (ITU-T P.913, 12.6; P.910, annex E)",
        lambda table: fit_viewers(table.scores).opinion_scores(),
    ),
}
METHOD = "paper"


def _mean_and_spread(table: ScoreTable) -> tuple[float, float]:
    """Means over viewers of their votes' deviation and of their mean."""
    spreads, centres = deviations(table.scores, axis=0), means(table.scores, axis=0)
    return float(means(spreads, axis=0)), float(centres.mean())


@dataclass(frozen=True)
class ScaleMapping:
    """A way of z scores to 0 to 5, which the paper does not state: in words, and (factor, shift) for a table."""

    words: str
    line: Callable[[ScoreTable], tuple[float, float]]


MAPPINGS: Mapping[str, ScaleMapping] = {
    "linear": ScaleMapping("5 (z + 3) / 6: three deviations fill the scale", lambda table: (5 / 6, 5 / 2)),
    "panel": ScaleMapping("z times the panel's mean deviation, plus its mean vote", _mean_and_spread),
    "none": ScaleMapping("z as it is", lambda table: (1.0, 0.0)),
}
MAPPING = "linear"


def opinion_scores(table: ScoreTable, method: str, mapping: str = MAPPING) -> OpinionScores:
    """The opinion scores of a table by a method of METHODS; z scores are mapped by one of MAPPINGS, not cut off at the
    scale's ends."""
    scores = METHODS[method].score(table)
    return scores.scaled(*MAPPINGS[mapping].line(table)) if METHODS[method].z else scores
