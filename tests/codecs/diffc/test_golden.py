"""The Gaussians, chunks and lists of DiffC against what upstream's own code returned.

Upstream tells the network t where the noise level is that of index t - 1, and so do these: here both are one index.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, silu

from cmc.codecs.diffc.chunks import index_sizes, partition
from cmc.codecs.diffc.estimate import zipf_exponent
from cmc.codecs.diffc.gaussians import Step, denoise
from cmc.codecs.diffc.network import kind_and_schedule
from cmc.codecs.diffc.predictions import PREDICTIONS
from cmc.codecs.diffc.published import PUBLISHED
from cmc.codecs.diffc.schedule import Schedule, denoising_levels, flow_alphas
from tests.golden import golden

GOLDEN = golden("diffc_gaussians")
LEVELS = [time - 1 for time in GOLDEN.config["timesteps"]]
KINDS = {"eps": "epsilon", "v": "v_prediction", "flow": "flow"}


def _schedule(kind: str) -> Schedule:
    return Schedule(flow_alphas(1000) if kind == "flow" else GOLDEN.inputs["alphas_cumprod"].numpy())


def _network(x: Tensor, time: int) -> Tensor:
    state = GOLDEN.state
    told = state["time.weight"][:, 0] * time / 1000 + state["time.bias"]
    hidden = silu(conv2d(x, state["conv_in.weight"], state["conv_in.bias"], padding=1) + told[:, None, None])
    return conv2d(hidden, state["conv_out.weight"], state["conv_out.bias"], padding=1) + 0.6 * x


def _predict(kind: str) -> Callable[[Tensor, int], Tensor]:
    prediction, schedule = PREDICTIONS[KINDS[kind]], _schedule(kind)

    def clean(noisy: Tensor, level: int) -> Tensor:
        alpha = schedule.alpha(level)
        return prediction.clean(noisy, _network(noisy * prediction.scale(alpha), level + 1), alpha)

    return clean


def _steps(kind: str) -> list[tuple[int, int]]:
    return list(zip([999, *LEVELS], LEVELS))


@pytest.mark.parametrize("kind", KINDS)
def test_prior_posterior_and_divergence(kind: str) -> None:
    schedule, clean, target = _schedule(kind), _predict(kind), GOLDEN.inputs["target"]
    noisy, found = GOLDEN.inputs["initial"], []
    for number, (before, after) in enumerate(_steps(kind)):
        step, predicted = Step(schedule.alpha(before), schedule.alpha(after)), clean(noisy, before)
        prior, posterior = step.mean(predicted, noisy), step.mean(target, noisy)
        bits = step.bits((target - predicted).square().sum().item())
        wanted = GOLDEN.outputs[f"{kind}.dkl_bits"][number].item()
        assert math.isclose(bits, wanted, rel_tol=1e-6)
        noisy = prior + step.std * ((posterior - prior) / step.std + GOLDEN.inputs["channel_noise"][number])
        found.append((prior, posterior, torch.tensor(step.std, dtype=torch.float64), noisy))
    for name, tensors in zip(("prior_mean", "posterior_mean", "std", "latents"), zip(*found)):
        GOLDEN.check(f"{kind}.{name}", torch.cat(tensors) if name != "std" else torch.stack(tensors))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", [200, 10])
def test_the_way_to_the_clean_latent(kind: str, start: int) -> None:
    latents = GOLDEN.outputs[f"{kind}.latents"][LEVELS.index(start - 1)][None]
    below = [time - 1 for time in GOLDEN.config["denoising_timesteps"] if 0 < time < start]
    found = denoise(latents, start - 1, below, _schedule(kind), _predict(kind))
    GOLDEN.check(f"{kind}.denoised_t{start}", found)


def test_levels_of_that_way_are_upstream_s_by_one_index() -> None:
    upstream = [time for time in GOLDEN.config["denoising_timesteps"] if time]
    assert denoising_levels(999) == [level - level % 5 for level in upstream]
    assert denoising_levels(100) == [80, 60, 40, 20, 10, 5]


def test_chunks_and_their_zipf_exponents() -> None:
    sizes, exponents = [], []
    for bits in GOLDEN.inputs["dkl_bits"].tolist():
        of_step = index_sizes(bits, longest=16, padding=2)
        sizes.append(of_step)
        exponents += [zipf_exponent(bits, size, sum(of_step)) for size in of_step]
    assert [len(of_step) for of_step in sizes] == GOLDEN.outputs["chunks.count"].tolist()
    assert [size for of_step in sizes for size in of_step] == GOLDEN.outputs["chunks.sizes"].tolist()
    GOLDEN.check("chunks.zipf_s", torch.tensor(exponents, dtype=torch.float64))


@pytest.mark.parametrize("case", GOLDEN.config["partitions"])
def test_partitions(case: dict[str, int]) -> None:
    dims, bits, seed = case["dim"], case["dkl_bits"], case["seed"]
    found = partition(dims, index_sizes(bits, longest=16, padding=2), seed)
    assert np.array_equal(found, GOLDEN.outputs[f"partition.{dims}_{bits}_{seed}"].numpy())


@pytest.mark.parametrize("model", PUBLISHED.values(), ids=PUBLISHED)
def test_published_lists(model: object) -> None:
    assert isinstance(model, type(PUBLISHED["sd15"]))
    assert list(model.bits) == GOLDEN.inputs[f"published.{model.key}.levels"].tolist()
    assert list(model.bits.values()) == GOLDEN.inputs[f"published.{model.key}.dkl_bits"].tolist()


def test_what_the_published_lists_come_to() -> None:
    assert [PUBLISHED["sd15"].bits_to(level) for level in (200, 10)] == [9_242, 48_341]
    assert PUBLISHED["flux-dev"].bits_to(10) == 1_477_119


def test_stable_diffusion_s_noise_levels_are_upstream_s() -> None:
    from diffusers import DDIMScheduler

    facts = {name: GOLDEN.config[name] for name in ("beta_start", "beta_end", "beta_schedule")}
    kind, schedule = kind_and_schedule(DDIMScheduler(**facts))
    assert kind == "epsilon"
    assert np.allclose(schedule.alphas, GOLDEN.inputs["alphas_cumprod"].numpy(), rtol=2e-5, atol=0)
