"""What a metric is: the pictures made of one ground truth in, their scores out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

# In which order a full-reference metric that is not symmetric gets its two pictures. `published` is that of the
# benchmark's script, and so of its leaderboard; `standard` that of the metrics' own authors.
FR_ORDERS = {"published": "(GT, decoded)", "standard": "(decoded, GT)"}


class Metric(ABC):
    """Base of every metric; a plugin sets both attributes and overrides `score`.

    full_reference: whether `score` looks at the ground truth; identity: all that a score depends on besides
    the pixels (name, hash of the weights, number format, argument order). Equal identities mean equal scores, so
    that a score found in the cache need not be computed again.
    """

    full_reference: bool
    identity: dict[str, Any]

    @abstractmethod
    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        """One score a picture, in order.

        pictures: (height, width, 3) uint8 RGB each, all reconstructions of one ground truth and of its size;
        gt: that ground truth in the same form, None where the metric is not full_reference.
        """
