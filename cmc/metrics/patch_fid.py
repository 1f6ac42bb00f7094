"""FID and KID of patches, as the generative codecs report them (HiFiC, Mentzer et al., 2020, arXiv 2006.09965)."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.core.errors import CMCError
from cmc.metrics.base import SetMetric
from cmc.metrics.fid import LICENCE, RANGES, WEIGHTS, Fid
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

# Of patches, in pixels; papers report 256.
SIDES = (256, 128, 64)
# Patches that go through the network at once.
BATCH = 32


def cut_patches(picture: np.ndarray, side: int) -> list[np.ndarray]:
    """The whole patches, (side, side, 3), of a grid from the upper left corner of (height, width, 3), row by row, then
    of the same grid half a patch further down and to the right; what does not fill a patch is left out.

    Raises CMCError for a picture that has no whole patch.
    """
    height, width = picture.shape[:2]
    if min(height, width) < side:
        raise CMCError(f"a picture of {width}x{height} has no patch of {side}x{side}")
    return [
        picture[top : top + side, left : left + side]
        for start in (0, side // 2)
        for top in range(start, height - side + 1, side)
        for left in range(start, width - side + 1, side)
    ]


class PatchFid(SetMetric):
    """FID and KID of the patches of all pictures, by the features that `fid` takes of whole pictures."""

    def __init__(self, folder: Path, device: "torch.device", side: int) -> None:
        self._whole, self._side = Fid(folder, device), side
        self.identity = {**self._whole.identity, "metric": f"fid_{side}"}

    def features(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        patches = [patch for picture in pictures for patch in cut_patches(picture, self._side)]
        batches = [patches[start : start + BATCH] for start in range(0, len(patches), BATCH)]
        features = np.concatenate([self._whole.features(batch) for batch in batches])
        return features.reshape(len(pictures), -1, features.shape[-1])

    def distances(self, gt: np.ndarray, decoded: np.ndarray) -> dict[str, float]:
        distances = self._whole.distances(gt, decoded)
        return {f"{column}_{self._side}": distance for column, distance in distances.items()}


def _create(side: int, folder: Path, device: "torch.device") -> SetMetric:
    return PatchFid(folder, device, side)


for _side in SIDES:
    METRICS.register(
        f"fid_{_side}",
        needs=["pyiqa"],
        of_sets=True,
        columns=(f"fid_{_side}", f"kid_{_side}"),
        full_reference=True,
        higher_is_better=False,
        ranges={f"{column}_{_side}": ends for column, ends in RANGES.items()},
        colour="RGB",
        paper="arXiv 2006.09965",
        licence=LICENCE,
        weights=WEIGHTS,
        # DIV2K's, the smallest set that HiFiC reports it on; Kodak's 24 it leaves out.
        least=100,
        instead=f"compare by KID_{_side}, which is unbiased, and then only results over the same images",
    )(partial(_create, _side))
