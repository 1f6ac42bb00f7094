"""The spaced sampler against upstream's trajectories."""

from itertools import count

import pytest
import torch
from torch import Tensor

from cmc.t2i.restorers.spaced_sampler import SpacedSampler, rescaled_guidance, scaled_linear
from tests.golden import golden


@pytest.mark.parametrize("run", range(4))
def test_trajectory_is_upstreams(run: int) -> None:
    data = golden("spaced_sampler")
    setup, toy, given = data.config["runs"][run], data.config["toy_model"], data.inputs
    prediction = {"eps": "epsilon", "v": "v_prediction"}[setup["parameterization"]]
    sampler = SpacedSampler(scaled_linear(), setup["steps"], prediction)
    assert sampler.timesteps == data.outputs[f"run{run}.timesteps"].tolist()
    scales = []

    def output(x: Tensor, words: Tensor, timestep: int) -> Tensor:
        return toy["a"] * x + toy["b"] * words + toy["c"] * given["hint"] + toy["d"] * timestep / 1000

    def denoise(x: Tensor, timestep: int) -> Tensor:
        scale = setup["cfg_scale"]
        scales.append(rescaled_guidance(scale, timestep) if setup["rescale_cfg"] else scale)
        without = output(x, given["uncond"], timestep)
        return without + scales[-1] * (output(x, given["cond"], timestep) - without)

    drawn = (given[f"run{run}.noise"][i] for i in count())
    path = torch.stack(list(sampler.sample(given[f"run{run}.x_T"], denoise, lambda: next(drawn))))
    data.check(f"run{run}.trajectory", path)
    data.check(f"run{run}.x_0", path[-1])
    data.check(f"run{run}.cfg_scale", torch.tensor(scales))
