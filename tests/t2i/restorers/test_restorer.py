"""Guided denoising."""

import pytest
import torch
from torch import Tensor

from cmc.t2i.restorers.restorer import guided


@pytest.mark.parametrize(("scale", "runs"), [(1.0, 1), (4.0, 2)])
def test_guidance_leads_from_the_unwanted_to_the_wanted_text(scale: float, runs: int) -> None:
    seen = []

    def network(x: Tensor, timestep: int, condition: Tensor, text: Tensor) -> Tensor:
        seen.append(len(x))
        return x + 10 * condition + text + timestep

    x, condition, wanted, unwanted = (torch.full((1, 1, 2, 2), value) for value in (1.0, 2.0, 5.0, 3.0))
    made = guided(network, x, 7, condition, (wanted, unwanted), scale)
    assert seen == [runs]
    assert torch.allclose(made, 28 + unwanted + scale * (wanted - unwanted))
