"""Metrics against the opinion scores of both dimensions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.errors import CMCError
from cmc.raters.agreeing import DECIMALS, FEWEST
from cmc.raters.agreement import Agreement, SrccDifference, agreements, srcc_differences
from cmc.raters.analysis import Analysis
from cmc.raters.metric_scores import MetricScores
from cmc.raters.picture_names import PictureName


@dataclass(frozen=True)
class MetricAgreement:
    """Of one dimension: every metric's agreement, every pair's difference, over how many `pictures` of how many
    ground `truths`."""

    metrics: Sequence[Agreement]
    differences: Sequence[SrccDifference]
    pictures: int
    truths: int


def metric_agreement(
    analysis: Analysis, method: str, scores: MetricScores, names: Mapping[str, PictureName]
) -> MetricAgreement:
    """Of the pictures that have an opinion score and metrics' scores, paired by name. Raises CMCError for too few."""
    rows = {picture: row for row, picture in enumerate(scores.pictures)}
    opinions = dict(zip(analysis.screened.table.pictures, analysis.scores[method].mos.tolist(), strict=True))
    paired = [picture for picture, mos in opinions.items() if picture in rows and np.isfinite(mos)]
    if len(paired) < FEWEST:
        dimension = analysis.screened.table.dimension
        raise CMCError(f"{len(paired)} pictures have scores and votes on {dimension}; expected {FEWEST} or more")
    places = [rows[picture] for picture in paired]
    truths = [names[picture].key for picture in paired]
    values = {metric: column[places] for metric, column in scores.values.items()}
    found = agreements(values, np.array([opinions[picture] for picture in paired]).round(DECIMALS), truths)
    differences = srcc_differences(found, len(set(truths)))
    return MetricAgreement(found, differences, len(paired), len(set(truths)))
