"""The spaced sampler against upstream's trajectories."""

from itertools import count, pairwise

import pytest
import torch
from diffusers.schedulers import scheduling_ddpm
from torch import Tensor

from cmc.t2i.restorers.diffbir_decoder import rescaled_guidance
from cmc.t2i.restorers.schedulers import run_scheduler, spaced_ddpm
from tests.golden import golden


@pytest.mark.parametrize("run", range(4))
def test_trajectory_is_upstreams(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = golden("spaced_sampler")
    setup, toy, given = data.config["runs"][run], data.config["toy_model"], data.inputs
    scheduler = spaced_ddpm(setup["steps"], {"eps": "epsilon", "v": "v_prediction"}[setup["parameterization"]])
    assert scheduler.timesteps.tolist() == data.outputs[f"run{run}.timesteps"].tolist()
    scales, path = [], []

    def output(x: Tensor, text: Tensor, timestep: int) -> Tensor:
        return toy["a"] * x + toy["b"] * text + toy["c"] * given["hint"] + toy["d"] * timestep / 1000

    def denoise(x: Tensor, timestep: int) -> Tensor:
        path.append(x)
        scale = setup["cfg_scale"]
        scales.append(rescaled_guidance(scale, timestep) if setup["rescale_cfg"] else scale)
        without = output(x, given["uncond"], timestep)
        return without + scales[-1] * (output(x, given["cond"], timestep) - without)

    noise = (given[f"run{run}.noise"][i] for i in count())
    monkeypatch.setattr(scheduling_ddpm, "randn_tensor", lambda *_, **__: next(noise))
    path.append(run_scheduler(scheduler, given[f"run{run}.x_T"], denoise, []))
    data.check(f"run{run}.trajectory", torch.stack(path[1:]))
    data.check(f"run{run}.x_0", path[-1])
    data.check(f"run{run}.cfg_scale", torch.tensor(scales))


def test_timesteps_are_evenly_spaced_at_any_number_of_them() -> None:
    for steps in (1, 2, 27, 50, 999, 1000, 1500):
        timesteps = spaced_ddpm(steps).timesteps.tolist()
        assert len(timesteps) == min(steps, 1000)
        assert timesteps[-1] == 0
        assert steps == 1 or timesteps[0] == 999
        gaps = {one - other for one, other in pairwise(timesteps)}
        assert len(gaps) <= 2


def test_noise_is_each_images_own() -> None:
    def clean(seeds: list[int]) -> Tensor:
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        x = torch.zeros(len(seeds), 4, 3, 5)
        return run_scheduler(spaced_ddpm(4), x, lambda x, _: x / 2, generators)

    together = clean([1, 2])
    assert torch.equal(together[1:], clean([2]))
    assert not torch.allclose(together[0], together[1])
