"""PASD's networks against upstream's outputs."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from cmc.core.errors import CMCError
from cmc.t2i.restorers import pasd_networks
from cmc.weights.checkpoint import State, take_prefix
from tests.golden import Golden, golden

FILE = Path("diffusion_pytorch_model.safetensors")


def _unet(data: Golden, state: State) -> pasd_networks.PixelAwareUNet:
    return pasd_networks.build_pixel_aware_unet(data.config["common"] | data.config["unet"], state, FILE)


@torch.no_grad()
def test_full() -> None:
    data = golden("pasd")
    control = take_prefix(data.state, "controlnet.", FILE)
    net = pasd_networks.build_pixel_controlnet(data.config["common"] | data.config["controlnet"], control, FILE)
    inputs = {"encoder_hidden_states": data.inputs["context"], "return_dict": False}
    scale = data.config["conditioning_scale"]
    down, mid = net(
        data.inputs["x"],
        data.inputs["timesteps"],
        controlnet_cond=data.inputs["image"],
        conditioning_scale=scale,
        **inputs,
    )
    for i, residual in enumerate([*down, mid]):
        data.check(f"control.{i}", residual)
    residuals: dict[str, Any] = {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}
    unet = _unet(data, take_prefix(data.state, "unet.", FILE))
    data.check("eps", unet(data.inputs["x"], data.inputs["timesteps"], **inputs, **residuals)[0])
    # What the training-only heads would show, to see that the embedding is built as upstream's.
    features = functional.silu(net.controlnet_cond_embedding.conv_in(data.inputs["image"]))
    for i, block in enumerate(net.controlnet_cond_embedding.blocks):
        features = functional.silu(block(features))
        if i % 2:
            head = f"{pasd_networks.TRAINING_ONLY}{i // 2}"
            rgb = functional.conv2d(features, control[f"{head}.weight"], control[f"{head}.bias"], padding=1)
            data.check(f"rgb.{i // 2}", rgb)


@torch.no_grad()
def test_light() -> None:
    data = golden("pasd_light")
    *down, mid = (data.inputs[f"control.{i}"] for i in range(5))
    output = _unet(data, take_prefix(data.state, "unet.", FILE))(
        data.inputs["x"],
        data.inputs["timesteps"],
        encoder_hidden_states=data.inputs["context"],
        down_block_additional_residuals=down,
        mid_block_additional_residual=mid,
    )
    data.check("eps", output.sample)


def test_the_unet_of_plain_stable_diffusion_is_refused() -> None:
    data = golden("pasd")
    state = {
        name: value for name, value in take_prefix(data.state, "unet.", FILE).items() if "pixel_attentions" not in name
    }
    with pytest.raises(CMCError, match=r"missing: up_blocks\.0\.pixel_attentions"):
        _unet(data, state)
