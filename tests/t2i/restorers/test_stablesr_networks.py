"""StableSR's UNet and autoencoder against upstream's outputs."""

from pathlib import Path

import pytest
import torch

from cmc.core.errors import CMCError
from cmc.t2i.restorers import stablesr_networks, stablesr_vae
from cmc.weights.checkpoint import take_prefix
from tests.golden import golden

FILE = Path("stablesr.ckpt")


@torch.no_grad()
def test_unet() -> None:
    data = golden("stablesr_unet")
    net = stablesr_networks.build_spade_unet(
        take_prefix(data.state, "model.diffusion_model.", FILE), FILE, data.config["num_head_channels"]
    )
    struct = {width: data.inputs[f"struct.width{width}"] for width in (4, 8)}
    inputs = data.inputs["x"], data.inputs["timesteps"], data.inputs["context"]
    data.check("eps", net(*inputs, struct=struct).sample)


@torch.no_grad()
def test_feature_wrapping() -> None:
    data = golden("stablesr_cfw")
    net = stablesr_vae.build_wrapping_vae(take_prefix(data.state, "first_stage_model.", FILE), FILE)
    posterior, features = net.encode_with_features(data.inputs["image"])
    data.check("moments", posterior.parameters)
    for weight in (0.0, 0.5, 1.0):
        data.check(f"decoded_w{weight}", net.decode_with_features(data.inputs["z"], features, weight))


def test_a_plain_unet_is_refused() -> None:
    data = golden("diffbir_v1")
    with pytest.raises(CMCError, match=r"lacks middle_block\.0\.spade"):
        stablesr_networks.build_spade_unet(take_prefix(data.state, "model.diffusion_model.", FILE), FILE)
