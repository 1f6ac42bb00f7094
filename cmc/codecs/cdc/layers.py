"""Layers that CDC's compressor and UNet share, under the names that its checkpoints have for them."""

import torch
from torch import Tensor, nn

# The slope of every leaky ReLU.
LEAK = 0.2
_EPS = 1e-5


class ChannelNorm(nn.Module):
    """A layer norm over the channels of every place by itself, with gain `g` and bias `b`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(1, width, 1, 1))
        self.b = nn.Parameter(torch.zeros(1, width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x, dim=1, unbiased=False, keepdim=True)
        return (x - mean) / (variance + _EPS).sqrt() * self.g + self.b


class Block(nn.Module):
    """Convolution, norm, ReLU."""

    def __init__(self, width_in: int, width_out: int, kernel: int) -> None:
        super().__init__()
        convolution = nn.Conv2d(width_in, width_out, kernel, padding=kernel // 2)
        self.block = nn.Sequential(convolution, ChannelNorm(width_out), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x)


class ResnetBlock(nn.Module):
    """Two blocks and what goes past them; the first convolution's side is `kernel`. Where there is a `time` embedding
    of that width, the second block sees it too."""

    def __init__(self, width_in: int, width_out: int, kernel: int = 3, time: int = 0) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.LeakyReLU(LEAK), nn.Linear(time, width_out)) if time else None
        self.block1 = Block(width_in, width_out, kernel)
        self.block2 = Block(width_out, width_out, 3)
        self.res_conv = nn.Conv2d(width_in, width_out, 1) if width_in != width_out else nn.Identity()

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        hidden = self.block1(x)
        if self.mlp is not None and time is not None:
            hidden = hidden + self.mlp(time)[:, :, None, None]
        return self.block2(hidden) + self.res_conv(x)


class Downsample(nn.Module):
    """To half the sides."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class Upsample(nn.Module):
    """To twice the sides."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(width_in, width_out, 4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)
