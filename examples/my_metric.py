"""A metric of which less is better: cmc evaluate --plugin examples/my_metric.py --metrics mae --target grey"""

from collections.abc import Sequence

import numpy as np

from cmc.metrics.base import Metric
from cmc.registry import METRICS


class MeanAbsoluteError(Metric):
    full_reference = True
    identity = {"metric": "mae", "version": 1}  # noqa: RUF012 - scores of equal identities are not computed again

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        assert gt is not None, "a full-reference metric is given the ground truth"
        return [float(np.abs(picture.astype(float) - gt).mean()) for picture in pictures]


@METRICS.register("mae", full_reference=True, higher_is_better=False, range=(0, 255))
def mae(weights: object, device: object, dtype: object, **options: object) -> Metric:
    return MeanAbsoluteError()
