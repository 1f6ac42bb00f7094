"""From likenesses to scores and a flag, by the rule of diffusers' StableDiffusionSafetyChecker."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.errors import CMCError

CONCEPTS, SPECIAL_CARE = 17, 3
# What is added to every score after the first concept of special care that a picture hits.
CAUTION = np.float32(0.01)
DECIMALS = 3


@dataclass(frozen=True)
class Verdict:
    """Scores of a picture by concept, rounded to 3 decimals: likeness less the concept's threshold, -2 to 2 or so. What
    the concepts are was not published."""

    concepts: tuple[float, ...]
    special: tuple[float, ...]

    @property
    def special_care(self) -> bool:
        """Whether a concept of special care is hit, which flags nothing by itself."""
        return any(score > 0 for score in self.special)

    @property
    def flagged(self) -> bool:
        """Whether a concept is hit."""
        return any(score > 0 for score in self.concepts)


def judge(concepts: np.ndarray, special: np.ndarray, thresholds: np.ndarray, special_thresholds: np.ndarray) -> Verdict:
    """The verdict on a picture; all fp32: cosines of its embedding and the concepts', and the concepts' thresholds.

    Raises CMCError for cosines that are no numbers.
    """
    if not (np.isfinite(concepts).all() and np.isfinite(special).all()):
        raise CMCError("its scores are no numbers (NaN); download the checkpoint again")
    caution = np.float32(0)
    special_scores: list[float] = []
    for cosine, threshold in zip(special, special_thresholds, strict=True):
        special_scores += _rounded(cosine - threshold + caution)
        if special_scores[-1] > 0:
            caution = CAUTION
    return Verdict(tuple(_rounded(concepts - thresholds + caution)), tuple(special_scores))


def _rounded(scores: Sequence[np.float32] | np.ndarray | np.float32) -> list[float]:
    """As decimal numbers, so that a table says 0.012 and not its nearest fp32."""
    return [round(float(score), DECIMALS) for score in np.round(np.atleast_1d(scores), DECIMALS)]
