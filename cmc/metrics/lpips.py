"""LPIPS of all pictures of a ground truth: pyiqa's scores to 1e-5, features of the ground truth computed once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cmc.metrics.pyiqa_metric import PyiqaMetric

if TYPE_CHECKING:
    import torch

# Pictures that go through the network together.
BATCH = 8


class Lpips(PyiqaMetric):
    """pyiqa's network, in the order (decoded, GT), which it does not heed."""

    def compare(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        assert gt is not None, "a full-reference metric is given the ground truth"
        truth = self._features([gt])
        scores: list[float] = []
        for start in range(0, len(pictures), BATCH):
            found = self._features(pictures[start : start + BATCH])
            layers = zip(self.network.lins, found, truth, strict=True)
            means = [lin((one - other).square_()).mean((1, 2, 3)) for lin, one, other in layers]
            scores += torch.stack(means).sum(0).tolist()
        return scores

    def _features(self, pictures: Sequence[np.ndarray]) -> "list[torch.Tensor]":
        """(n, channels, height, width) of every layer, each place of length 1."""
        import torch
        from pyiqa.archs.lpips_arch import normalize_tensor

        batch = torch.cat([self.tensor(picture) for picture in pictures])
        return [normalize_tensor(layer) for layer in self.network.net(self.network.scaling_layer(2 * batch - 1))]
