"""Constructors under `Undrawn`: every weight is there, none is drawn, and whoever draws again until it fits ends."""

import torch
from torch import Tensor, nn

from cmc.weights.undrawn import Undrawn


def _network() -> nn.Module:
    network = nn.Sequential(nn.Linear(3, 4), nn.Conv2d(2, 3, 3), nn.Embedding(5, 6), nn.MultiheadAttention(4, 2))
    nn.init.trunc_normal_(network[0].weight, 0.5, 0.1, 0.2, 0.8)
    nn.init.uniform_(network[0].bias, 2, 4)
    return network


def test_no_weight_is_drawn() -> None:
    before = torch.get_rng_state()
    with Undrawn():
        state = _network().state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert {key: value.shape for key, value in state.items()} == {
        key: value.shape for key, value in _network().state_dict().items()
    }
    assert not torch.equal(torch.get_rng_state(), before)
    assert all(value.isfinite().all() for value in state.values())


def test_what_would_be_drawn_is_its_mean() -> None:
    with Undrawn():
        weight, bias = _network()[0].parameters()
        noise = torch.empty(3).normal_(7, 2)
    assert torch.allclose(weight, torch.full((4, 3), 0.5))
    assert torch.equal(bias, torch.full((4,), 3.0))
    assert torch.equal(noise, torch.full((3,), 7.0))


def test_values_that_are_no_draws_stay() -> None:
    with Undrawn():
        norm = nn.BatchNorm2d(3)
        buffer = Tensor([1, 2]).mul_(2)
    assert torch.equal(norm.weight, torch.ones(3))
    assert buffer.tolist() == [2, 4]
