"""FID (Heusel et al., 2017) and KID (Binkowski et al., 2018): how unlike two sets of pictures are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.core.facts import Range
from cmc.metrics.base import SetMetric
from cmc.metrics.pyiqa_metric import PYIQA_LICENCE
from cmc.metrics.pyiqa_untrained import untrained
from cmc.metrics.pyiqa_weights import Part, fill_network
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

_FILE = "pt_inception-2015-12-05-6726825d.pth"
# Of the network of TensorFlow, which has 1008 outputs; the last layer is not part of a feature.
INCEPTION = Part(_FILE, f"https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/{_FILE}")
# Inception's, to which clean-fid (Parmar et al., CVPR 2022) shrinks with Pillow's filter.
SIDE = 299
# KID is unbiased: of sets as near as chance has it, it falls below 0 as often as not.
RANGES: dict[str, Range] = {"fid": (0.0, None), "kid": (None, None)}
WEIGHTS = {INCEPTION.file: INCEPTION.source}
LICENCE = f"{PYIQA_LICENCE}; weights: Apache-2.0"
# Rows of KID's kernel that are held at once.
ROWS = 1024


class Fid(SetMetric):
    """Distances of Inception features, in fp32, with clean-fid's resizing."""

    def __init__(self, folder: Path, device: "torch.device") -> None:
        import torch

        weights = INCEPTION.read(folder)
        with untrained("inception") as arch:
            network = arch.fid_inception_v3()
        fill_network(network, [(INCEPTION, weights)], "fid")
        # Features are what the last layer sees.
        network.fc = torch.nn.Identity()
        self._network = network.eval().to(device)
        self._device = device
        self.identity = {"metric": "fid", "weights": weights.sha256, "device": device.type}

    def features(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        import torch

        images = torch.from_numpy(np.stack([_shrink(picture) for picture in pictures])).to(self._device)
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            return self._network((images - 128) / 128).cpu().numpy()

    def distances(self, gt: np.ndarray, decoded: np.ndarray) -> dict[str, float]:
        return {"fid": frechet(gt.astype(float), decoded.astype(float)), "kid": kernel(gt, decoded)}


def _shrink(picture: np.ndarray) -> np.ndarray:
    from PIL import Image

    channels = [
        Image.fromarray(channel).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        for channel in picture.transpose(2, 0, 1).astype(np.float32)
    ]
    return np.stack([np.asarray(channel) for channel in channels]).clip(0, 255)


def frechet(x: np.ndarray, y: np.ndarray) -> float:
    """Squared Fréchet distance of the normal distributions with the mean and covariance of (n, d) and (n, d).

    The trace of the root of the product of both covariances is the sum of the singular values of
    x @ y.T, centred, over n - 1, which needs no root of a matrix that is singular where n <= d. Where n > d, the
    triangles of both QR decompositions have the same singular values, and are no larger than (d, d).
    """
    n, d = x.shape
    mean_x, mean_y = x.mean(0), y.mean(0)
    x, y = x - mean_x, y - mean_y
    if n > d:
        x, y = (np.asarray(np.linalg.qr(features, mode="r")) for features in (x, y))
    spread = (x**2).sum() + (y**2).sum() - 2 * np.linalg.norm(x @ y.T, "nuc")
    # Of equal sets, rounding leaves the sum on either side of 0.
    return max(0.0, float(((mean_x - mean_y) ** 2).sum() + spread / (n - 1)))


def kernel(x: np.ndarray, y: np.ndarray) -> float:
    """Squared maximum mean discrepancy of (n, d) and (n, d), unbiased, with KID's kernel (xy / d + 1)^3."""
    n = len(x)
    x, y = x.astype(float), y.astype(float)
    within = sum(_kernel_sum(features, features) - _diagonal_sum(features) for features in (x, y))
    return within / (n * (n - 1)) - 2 * _kernel_sum(x, y) / n**2


def _kernel_sum(x: np.ndarray, y: np.ndarray) -> float:
    """Of all pairs of rows; the (n, n) of many patches would not fit into memory."""
    blocks = (x[start : start + ROWS] for start in range(0, len(x), ROWS))
    return float(sum(((block @ y.T / x.shape[1] + 1) ** 3).sum() for block in blocks))


def _diagonal_sum(x: np.ndarray) -> float:
    """Of each row with itself."""
    return float((((x**2).sum(1) / x.shape[1] + 1) ** 3).sum())


@METRICS.register(
    "fid",
    needs=["pyiqa"],
    of_sets=True,
    columns=("fid", "kid"),
    full_reference=True,
    higher_is_better=False,
    ranges=RANGES,
    colour="RGB",
    licence=LICENCE,
    weights=WEIGHTS,
    least=1000,
    instead="compare by KID, which is unbiased, and then only results over the same images",
)
def fid(folder: Path, device: "torch.device") -> SetMetric:
    """Perception of a whole folder."""
    return Fid(folder, device)
