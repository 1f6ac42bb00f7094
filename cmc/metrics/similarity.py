"""PSNR, SSIM and MS-SSIM of all pictures of a ground truth: pyiqa's scores to 1e-5, in a fraction of its time."""

import math
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.core.errors import CMCError
from cmc.metrics.base import Metric
from cmc.metrics.pyiqa_metric import LUMA, PYIQA_LICENCE
from cmc.metrics.structure import SIDE, compare_structure, luma, scales
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

# What each scale of MS-SSIM, from the finest, counts (Wang et al., 2003).
EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# Keeps the PSNR of equal pictures finite, at 80 dB: pyiqa's.
LEAST_ERROR = 1e-8


class Similarity(Metric):
    """A metric of pixels alone, in the order (decoded, GT)."""

    full_reference = True

    def __init__(self, name: str, device: "torch.device") -> None:
        self._name, self._device = name, device
        self.identity = {"metric": name, "pyiqa": version("pyiqa"), "shared": 1, "device": device.type}

    def tensor(self, picture: np.ndarray) -> "torch.Tensor":
        """(1, 3, height, width) float32, up to 255."""
        import torch

        return torch.from_numpy(picture.copy()).to(self._device).permute(2, 0, 1)[None].float()


class Psnr(Similarity):
    """Peak signal-to-noise ratio in dB, over the three channels."""

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        assert gt is not None, "a full-reference metric is given the ground truth"
        truth = self.tensor(gt)
        errors = [float((self.tensor(picture) - truth).square_().mean()) / 255**2 for picture in pictures]
        return [-10 * math.log10(error + LEAST_ERROR) for error in errors]


class Ssim(Similarity):
    """Structural similarity of Y, at one scale."""

    scales = 1

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        assert gt is not None, "a full-reference metric is given the ground truth"
        height, width = gt.shape[:2]
        least = (SIDE - 1) * 2 ** (self.scales - 1) + 1
        if min(height, width) < least:
            raise CMCError(f"{self._name} cannot score a picture of {width}x{height} (a side under {least} pixels)")
        with torch.inference_mode():
            truth = scales(luma(self.tensor(gt)), self.scales)
            return [self.combine(compare_structure(luma(self.tensor(picture)), truth)) for picture in pictures]

    def combine(self, structure: Sequence[tuple[float, float]]) -> float:
        """A score of the similarity at every scale, and of contrast and structure without that of means."""
        return structure[-1][0]


class MsSsim(Ssim):
    """Structural similarity of Y, at five scales."""

    scales = len(EXPONENTS)

    def combine(self, structure: Sequence[tuple[float, float]]) -> float:
        means = [*(contrast for _, contrast in structure[:-1]), structure[-1][0]]
        return math.prod(mean**exponent for mean, exponent in zip(means, EXPONENTS, strict=True))


def _create(
    name: str,
    metric: type[Similarity],
    folder: Path,
    device: "torch.device",
    dtype: "torch.dtype",
    **_: object,
) -> Metric:
    return metric(name, device)


for _name, _metric, _range, _colour in (
    ("psnr", Psnr, (0, 80), "RGB"),
    ("ssim", Ssim, (0, 1), LUMA),
    ("ms_ssim", MsSsim, (0, 1), LUMA),
):
    METRICS.register(
        _name,
        needs=["pyiqa"],
        full_reference=True,
        higher_is_better=True,
        range=_range,
        colour=_colour,
        licence=f"{PYIQA_LICENCE}; weights: none",
    )(partial(_create, _name, _metric))
