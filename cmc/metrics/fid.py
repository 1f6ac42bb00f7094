"""FID (Heusel et al., 2017) and KID (Binkowski et al., 2018): how unlike two sets of pictures are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.metrics.base import SetMetric
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
    x @ y.T, centred, over n - 1, which needs no root of a matrix that is singular where n <= d.
    """
    mean_x, mean_y = x.mean(0), y.mean(0)
    x, y = x - mean_x, y - mean_y
    spread = (x**2).sum() + (y**2).sum() - 2 * np.linalg.norm(x @ y.T, "nuc")
    # Of equal sets, rounding leaves the sum on either side of 0.
    return max(0.0, float(((mean_x - mean_y) ** 2).sum() + spread / (len(x) - 1)))


def kernel(x: np.ndarray, y: np.ndarray) -> float:
    """Squared maximum mean discrepancy of (n, d) and (n, d), unbiased, with KID's kernel (xy / d + 1)^3."""
    n, d = x.shape
    x, y = x.astype(float), y.astype(float)
    within = [(features @ features.T / d + 1) ** 3 for features in (x, y)]
    across = (x @ y.T / d + 1) ** 3
    return float(sum(k.sum() - np.trace(k) for k in within) / (n * (n - 1)) - 2 * across.mean())


@METRICS.register(
    "fid",
    needs=["pyiqa"],
    of_sets=True,
    columns=("fid", "kid"),
    full_reference=True,
    higher_is_better=False,
    # KID is unbiased: of sets as near as chance has it, it falls below 0 as often as not.
    ranges={"fid": (0.0, None), "kid": (None, None)},
    colour="RGB",
    licence="code: PolyForm Noncommercial 1.0.0 (pyiqa); weights: Apache-2.0",
    weights={INCEPTION.file: INCEPTION.source},
    least=1000,
    instead="compare by KID, which is unbiased, and then only results over the same images",
)
def fid(folder: Path, device: "torch.device") -> SetMetric:
    """Perception of a whole folder."""
    return Fid(folder, device)
