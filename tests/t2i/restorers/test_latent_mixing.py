"""Generating inside of a mask."""

import torch
from torch import Tensor

from cmc.t2i.restorers.latent_mixing import kept_outside
from cmc.t2i.restorers.schedulers import run_scheduler, spaced_ddpm


def _clean(inside: Tensor, latent: Tensor) -> Tensor:
    """What a toy denoiser makes of noise inside, over eight steps."""
    x = torch.randn(latent.shape, generator=torch.Generator().manual_seed(0))
    generators = [torch.Generator().manual_seed(1)]
    return run_scheduler(spaced_ddpm(8), x, kept_outside(inside, latent, lambda x, _: x / 2), generators)


def test_what_lies_outside_becomes_its_own_latent_and_the_inside_what_it_would_alone() -> None:
    latent = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(2))
    inside = torch.zeros(1, 1, 48, 64)
    inside[..., 16:, 32:] = 1
    mixed, alone = _clean(inside, latent), _clean(torch.ones_like(inside), latent)
    assert torch.equal(mixed[..., 2:, 4:], alone[..., 2:, 4:])
    assert torch.allclose(mixed[..., :2, :], latent[..., :2, :], atol=1e-4)
    assert torch.allclose(mixed[..., :4], latent[..., :4], atol=1e-4)
    assert (alone - latent).abs().mean() > 0.1


def test_a_latent_pixel_that_is_half_inside_is_half_of_both() -> None:
    latent = torch.zeros(1, 1, 1, 1)
    inside = torch.zeros(1, 1, 8, 8)
    inside[..., :4] = 1
    x = torch.ones(1, 1, 1, 1)
    alpha = spaced_ddpm(1).alphas_cumprod[500]
    known = 1 / (1 - alpha).sqrt()
    assert torch.allclose(kept_outside(inside, latent, lambda x, _: x * 3)(x, 500), (3 + known) / 2)
