"""Giving a generated picture the colours of the one it was generated from.

Pictures are (batch, 3, height, width) float tensors in any one range; the results are not clamped.
"""

import torch
from torch import Tensor
from torch.nn import functional

# A 3x3 binomial blur, the B-spline kernel of the à trous wavelet transform.
_KERNEL = torch.tensor([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]) / 16


def wavelet_split(image: Tensor, levels: int = 5) -> tuple[Tensor, Tensor]:
    """(high frequencies, low frequencies) of an undecimated wavelet transform; their sum is the image."""
    channels = image.shape[1]
    kernel = _KERNEL.to(image).expand(channels, 1, 3, 3)
    low = image
    for level in range(levels):
        reach = 2**level
        padded = functional.pad(low, (reach,) * 4, mode="replicate")
        low = functional.conv2d(padded, kernel, dilation=reach, groups=channels)
    return image - low, low


def wavelet_colour_fix(content: Tensor, style: Tensor) -> Tensor:
    """The details of `content` over the colours of `style` (StableSR, arXiv 2305.07015, section 3.4)."""
    return wavelet_split(content)[0] + wavelet_split(style)[1]


def adain_colour_fix(content: Tensor, style: Tensor, eps: float = 1e-5) -> Tensor:
    """`content` with the mean and deviation of `style`, by image and channel (arXiv 1703.06868, equation 8)."""
    mean, deviation = _moments(content, eps)
    style_mean, style_deviation = _moments(style, eps)
    return (content - mean) / deviation * style_deviation + style_mean


def _moments(image: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    variance, mean = torch.var_mean(image, dim=(2, 3), keepdim=True)
    return mean, (variance + eps).sqrt()
