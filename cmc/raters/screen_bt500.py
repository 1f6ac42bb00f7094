"""Screening by kurtosis: ITU-R BT.500-14, annex 1, 2.3.1."""

import numpy as np

from cmc.raters.score_table import ScoreTable, means
from cmc.raters.verdicts import Verdict, Verdicts

# Kurtosis of what counts as a normal distribution; how many deviations are far there, and elsewhere.
NORMAL, FAR, FAR_ELSEWHERE = (2.0, 4.0), 2.0, np.sqrt(20.0)
# Votes on a picture that scatter by less are alike, but for rounding.
ALIKE = 1e-9
# Who goes: more than this share of votes far off, and not nearly all of them on one side.
MOST_FAR, LEAST_ASYMMETRY = 0.05, 0.3


def screen_bt500(table: ScoreTable) -> Verdicts:
    """Of every viewer the votes far above (`p`) and far below (`q`) the panel, their `share` of all and `asymmetry`.

    A picture on which all agree has no vote far off. Without any the asymmetry is NaN. If all would go, none goes.
    """
    above, below = _far_off(table.scores)
    p, q = above.sum(axis=0), below.sum(axis=0)
    share = (p + q) / np.isfinite(table.scores).sum(axis=0)
    with np.errstate(invalid="ignore"):
        asymmetry = np.abs(p - q) / (p + q)
    rejected = (share > MOST_FAR) & (asymmetry < LEAST_ASYMMETRY)
    rejected &= not rejected.all()
    columns = zip(rejected.tolist(), p.tolist(), q.tolist(), share.tolist(), asymmetry.tolist(), strict=True)
    return dict(zip(table.viewers, (_verdict(*column) for column in columns), strict=True))


def _verdict(rejected: bool, p: int, q: int, share: float, asymmetry: float) -> Verdict:
    figures = {"p": p, "q": q, "share": share, "asymmetry": asymmetry}
    far = f"{share:.1%} of votes far off (over {MOST_FAR:.0%})"
    both_sides = f"{far}, on both sides (asymmetry {asymmetry:.2f} < {LEAST_ASYMMETRY})"
    return Verdict(figures, both_sides if rejected else "")


def _far_off(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(pictures, viewers) whether a vote is far above, and far below, its picture's mean."""
    distances = scores - means(scores, axis=1)[:, None]
    variances = means(distances**2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        kurtosis = means(distances**4, axis=1) / variances**2
    normal = (kurtosis >= NORMAL[0]) & (kurtosis <= NORMAL[1])
    limits = (np.where(normal, FAR, FAR_ELSEWHERE) * np.sqrt(variances))[:, None]
    return (limits > ALIKE) & (distances >= limits), (limits > ALIKE) & (distances <= -limits)
