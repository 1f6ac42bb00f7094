"""CDC's networks against upstream's outputs."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cmc.codecs.cdc.checkpoint import EPS, Networks, Release, X, load_networks
from cmc.codecs.cdc.compressor import quantised
from cmc.codecs.cdc.tables import LEAST_SCALE
from tests.codecs.cdc import save
from tests.golden import Golden, golden

RELEASES = {"cdc_x": X, "cdc_eps": EPS}


@pytest.fixture(params=RELEASES)
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Golden, Release, Networks]:
    data, release = golden(request.param), RELEASES[request.param]
    return data, release, load_networks(save(tmp_path / "a.pt", request.param), release)


@torch.no_grad()
def test_compressor(loaded: tuple[Golden, Release, Networks]) -> None:
    data, _, networks = loaded
    compressor = networks.compressor
    y = compressor.latents(data.inputs["image"] * 2 - 1)
    z = compressor.hyperlatents(y)
    z_hat = quantised(z, compressor.prior.medians)
    mean, scale = compressor.mean_and_scale(z_hat)
    y_hat = quantised(y, mean)
    outputs = {"y": y, "z": z, "z_hat": z_hat, "mean": mean, "scale_raw": scale, "y_hat": y_hat}
    for name, found in (outputs | {"scale": scale.clamp(min=LEAST_SCALE)}).items():
        data.check(name, found)
    for level, context in enumerate(compressor.contexts(y_hat)):
        data.check(f"context.{level}", context)


@torch.no_grad()
def test_prior(loaded: tuple[Golden, Release, Networks]) -> None:
    data, _, networks = loaded
    prior = networks.compressor.prior
    logits = prior.logits(data.inputs["prior_x"][0, :, 0])
    data.check("prior_cdf_logits", logits[None, :, None])
    data.check("prior_cdf", logits.sigmoid()[None, :, None])
    data.check("prior_pmf", prior.probabilities(prior.medians[0, :, 0] + torch.arange(-12, 13))[None, :, None])


@torch.no_grad()
def test_unet(loaded: tuple[Golden, Release, Networks]) -> None:
    data, _, networks = loaded
    contexts = [data.outputs[f"context.{level}"] for level in range(4)]
    for number in range(3):
        found = networks.unet(data.inputs["x_t"], data.inputs[f"time.{number}"], contexts)
        data.check(f"pred.{number}", found)


@torch.no_grad()
def test_sampler(loaded: tuple[Golden, Release, Networks]) -> None:
    data, release, networks = loaded
    sampler = replace(release.sampler, steps=data.config["sample_steps"])
    contexts, visited = [data.outputs[f"context.{level}"] for level in range(4)], []

    def denoise(x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        visited.append((x, time[0]))
        return networks.unet(x, time, contexts)

    last = sampler.sample(denoise, data.inputs["noise"])
    assert torch.equal(torch.from_numpy(sampler.indices), data.outputs["sample.indices"])
    alphas = torch.from_numpy(sampler.alphas[sampler.indices]).float()
    data.check("sample.alphas_cumprod", alphas)
    data.check("sample.times", torch.stack([time for _, time in visited]))
    relative = replace(data, tolerance=1e-5 * last.abs().max().item()) if sampler.predicts == "noise" else data
    relative.check("sample.after_first_step", visited[1][0])
    relative.check("sample.after_third_step", visited[3][0])
    relative.check("sample.unclamped", last)
