"""How far a panel agrees, in one figure each."""

from dataclasses import dataclass

import numpy as np

from cmc.core.crossed import complete, components
from cmc.raters.agreeing import spearman, with_panel
from cmc.raters.score_table import ScoreTable


@dataclass(frozen=True)
class Reliability:
    """srocc: the mean over viewers of Spearman's correlation of each with the mean of the others; icc_single,
    icc_mean: intraclass correlation of one viewer's votes, and of the mean of all, NaN where it cannot be had;
    complete: pictures that all voted on, which alone ICC is over."""

    srocc: float
    icc_single: float
    icc_mean: float
    complete: int


def reliability(table: ScoreTable) -> Reliability:
    """Of the viewers of a table.

    ICC(2,1) and ICC(2,k) of Shrout and Fleiss (Psychological Bulletin 86(2), 1979), pictures and viewers both drawn at
    random, absolute agreement: with the variance components of the two-way analysis of variance (a negative one is
    taken for 0), var(picture) / (var(picture) + (var(viewer) + var(residual)) / k), k = 1 or the viewers.
    """
    srocc = float(np.nanmean(with_panel(table.scores, spearman)))
    parts = components(table.scores)
    if parts is None:
        return Reliability(srocc, np.nan, np.nan, len(complete(table.scores)))
    noise = parts.seed + parts.residual
    single, mean = (_share(parts.image, noise / viewers) for viewers in (1, parts.seeds))
    return Reliability(srocc, single, mean, parts.images)


def _share(signal: float, noise: float) -> float:
    return signal / (signal + noise) if signal + noise else np.nan
