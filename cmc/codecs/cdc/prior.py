"""The density of hyperlatents, learned by channel (Ballé et al., arXiv 1802.01436, appendix 6.1)."""

from itertools import pairwise

import torch
from torch import Tensor, nn

_FILTERS = (1, 3, 3, 3, 1)


class Affine(nn.Module):
    """A matrix and a bias a channel, under the names and in the shapes that the checkpoints have."""

    def __init__(self, channels: int, width_in: int, width_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels, 1, 1, width_in, width_out))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1, 1, width_out))

    def forward(self, x: Tensor) -> Tensor:
        """(channels, values, width_in) to (channels, values, width_out)."""
        return x @ nn.functional.softplus(self.weight[:, 0, 0]) + self.bias[:, 0, 0]


class FactorisedPrior(nn.Module):
    """A cumulative distribution a channel, monotone by construction."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.affine = nn.ModuleList(Affine(channels, *pair) for pair in pairwise(_FILTERS))
        self.a = nn.ParameterList(torch.zeros(channels, 1, 1, 1, width) for width in _FILTERS[1:-1])
        self._medians = nn.Parameter(torch.zeros(1, channels, 1, 1))

    @property
    def medians(self) -> Tensor:
        """(1, channels, 1, 1)."""
        return self._medians

    def logits(self, values: Tensor) -> Tensor:
        """Of the cumulative distribution at (channels, values)."""
        hidden = values[:, :, None]
        for affine, gate in zip(self.affine, self.a):
            hidden = affine(hidden)
            hidden = hidden + torch.tanh(gate[:, 0, 0]) * torch.tanh(hidden)
        return self.affine[-1](hidden)[:, :, 0]

    def probabilities(self, values: Tensor) -> Tensor:
        """Of the unit intervals around (channels, values)."""
        low, high = self.logits(values - 0.5), self.logits(values + 0.5)
        # On the side of the distribution where floats are dense.
        sign = torch.where(low + high > 0, -1, 1)
        return (torch.sigmoid(sign * high) - torch.sigmoid(sign * low)).abs()
