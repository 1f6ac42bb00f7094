"""What SSIM and MS-SSIM compare, as pyiqa has it: means and variances of brightness under a sliding window.

What depends on the ground truth alone is computed once for all pictures made of it, and the window, a product of two,
is applied to columns and then to rows.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch

# The window (Wang et al., 2004): side and standard deviation in pixels; the constants, of values up to 255.
SIDE, DEVIATION = 11, 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


class Scale(NamedTuple):
    """The Y of a picture at one scale, (1, 1, height, width) float64, its means and variances under the window."""

    pixels: "torch.Tensor"
    mean: "torch.Tensor"
    variance: "torch.Tensor"


def luma(picture: "torch.Tensor") -> "torch.Tensor":
    """(1, 1, height, width) float64: Y of YIQ, rounded to whole numbers of up to 255, as pyiqa has it."""
    from pyiqa.archs.func_util import preprocess_rgb

    return preprocess_rgb(picture.div(255), True, 255, "yiq").double()


def scales(pixels: "torch.Tensor", count: int) -> list[Scale]:
    """A picture's Y at its own size, then at half of that, and so on."""
    return list(islice(_all_scales(pixels), count))


def _all_scales(pixels: "torch.Tensor") -> Iterator[Scale]:
    while True:
        mean = blur(pixels)
        yield Scale(pixels, mean, blur(pixels.square()) - mean.square())
        pixels = _halve(pixels)


def _halve(pixels: "torch.Tensor") -> "torch.Tensor":
    import torch

    return torch.nn.functional.avg_pool2d(pixels, 2, padding=[side % 2 for side in pixels.shape[-2:]])


def compare_structure(pixels: "torch.Tensor", truth: Sequence[Scale]) -> list[tuple[float, float]]:
    """Means over a picture's Y, at every scale of the ground truth's: of the similarity, and of contrast and structure
    without that of brightness."""
    means = []
    for scale, picture in zip(truth, _all_scales(pixels), strict=False):
        product = picture.mean * scale.mean
        covariance = blur(picture.pixels * scale.pixels) - product
        contrast = ((2 * covariance + C2) / (picture.variance + scale.variance + C2)).relu_()
        brightness = (2 * product + C1) / (picture.mean.square() + scale.mean.square() + C1)
        means.append((float((brightness * contrast).mean()), float(contrast.mean())))
    return means


def blur(pixels: "torch.Tensor") -> "torch.Tensor":
    """Means under the window wherever it fits, (1, 1, height - 10, width - 10)."""
    for dimension, taps in zip((2, 3), _taps(), strict=True):
        pixels = _slide(pixels, taps, dimension)
    return pixels


def _slide(pixels: "torch.Tensor", taps: Sequence[float], dimension: int) -> "torch.Tensor":
    """Taps are symmetric, so that both neighbours at a distance share one."""
    length = pixels.shape[dimension] - SIDE + 1
    blurred = pixels.narrow(dimension, SIDE // 2, length) * taps[SIDE // 2]
    for place in range(SIDE // 2):
        one, other = (pixels.narrow(dimension, start, length) for start in (place, SIDE - 1 - place))
        blurred.add_(one + other, alpha=taps[place])
    return blurred


@cache
def _taps() -> tuple[list[float], list[float]]:
    """Of columns and of rows: the two factors of pyiqa's window, which is rounded to fp32 and so sums to nearly 1."""
    from pyiqa.matlab_utils import fspecial

    window = fspecial(SIDE, DEVIATION, 1)[0, 0].double()
    return window.sum(1).tolist(), (window.sum(0) / window.sum()).tolist()
