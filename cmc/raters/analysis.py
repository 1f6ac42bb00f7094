"""From votes to opinion scores, a dimension at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cmc.core.errors import CMCError
from cmc.raters.methods import MAPPING, METHOD, METHODS, opinion_scores
from cmc.raters.opinion_scores import OpinionScores
from cmc.raters.reliability import Reliability, reliability
from cmc.raters.score_table import score_tables
from cmc.raters.screening import Screened, Screening, screen
from cmc.raters.viewer_model import ViewerModel, fit_viewers
from cmc.raters.votes import Dimension, Vote


@dataclass(frozen=True)
class AnalysisSettings:
    """screening: whose votes count; method: of METHODS, whose opinion scores the tables for fine-tuning and the
    comparison with metrics take; mapping: of MAPPINGS."""

    screening: Screening = field(default_factory=Screening)
    method: str = METHOD
    mapping: str = MAPPING


@dataclass(frozen=True)
class Analysis:
    """What became of one dimension's votes: who stayed, opinion scores by method, every viewer's bias and inconsistency
    (those of who went, too), and how far those who stayed agree."""

    screened: Screened
    scores: Mapping[str, OpinionScores]
    model: ViewerModel
    reliability: Reliability


def analyse(votes: Sequence[Vote], settings: AnalysisSettings) -> dict[Dimension, Analysis]:
    """The analysis of every dimension that has votes. Raises CMCError where too few viewers would stay, and where no
    picture has a score by the method that was chosen."""
    screened = screen(score_tables(votes), settings.screening)
    analyses = {dimension: _analysis(one, settings.mapping) for dimension, one in screened.items()}
    for dimension, analysis in analyses.items():
        if not np.isfinite(analysis.scores[settings.method].mos).any():
            raise CMCError(
                f"{dimension}: no picture has a score by {settings.method}, for viewers' votes do not vary, or one "
                "viewer is too steady for it; choose another method, or screen by another rule"
            )
    return analyses


def _analysis(screened: Screened, mapping: str) -> Analysis:
    scores = {method: opinion_scores(screened.table, method, mapping) for method in METHODS}
    return Analysis(screened, scores, fit_viewers(screened.before.scores), reliability(screened.table))
