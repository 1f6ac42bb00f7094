"""Networks converted from Latent Diffusion checkpoints against upstream's outputs."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from cmc.core.errors import CMCError
from cmc.t2i.restorers import ldm
from cmc.weights.checkpoint import State, take_prefix
from tests.golden import Golden, golden

FILE = Path("released.ckpt")
HEAD_WIDTH = 16


@pytest.fixture(scope="module")
def v1() -> Golden:
    return golden("diffbir_v1")


def _unet(data: Golden) -> State:
    return take_prefix(data.state, "model.diffusion_model.", FILE)


def _control(data: Golden, state: State, context: Tensor, hint: Tensor) -> tuple[list[Tensor], Tensor]:
    net = ldm.build_controlnet(state, FILE, HEAD_WIDTH)
    x, t = data.inputs["x"], data.inputs["timesteps"]
    return net(x, t, encoder_hidden_states=context, controlnet_cond=hint, return_dict=False)


@torch.no_grad()
def test_text(v1: Golden) -> None:
    encoder = ldm.build_text_encoder(take_prefix(v1.state, "cond_stage_model.model.", FILE), FILE, HEAD_WIDTH)
    v1.check("text", encoder(v1.inputs["tokens"]).last_hidden_state)


@torch.no_grad()
def test_autoencoder(v1: Golden) -> None:
    vae = ldm.build_vae(take_prefix(v1.state, "first_stage_model.", FILE), FILE)
    scale = v1.config["latent_scale_factor"]
    v1.check("latent", vae.encode(v1.inputs["image"] * 2 - 1).latent_dist.mode() * scale)
    v1.check("decoded", vae.decode(v1.outputs["latent"] / scale).sample)


@torch.no_grad()
def test_unet_under_control(v1: Golden) -> None:
    state = take_prefix(v1.state, "control_model.", FILE)
    down, mid = _control(v1, state, v1.outputs["text"], v1.outputs["latent"])
    for i, residual in enumerate([*down, mid]):
        v1.check(f"control.{i}", residual)
    unet = ldm.build_unet(_unet(v1), FILE, HEAD_WIDTH)
    for name, strength in {"eps": 1.0, "eps_scaled": v1.config["control_scale_for_eps_scaled"]}.items():
        output = unet(
            v1.inputs["x"],
            v1.inputs["timesteps"],
            v1.outputs["text"],
            down_block_additional_residuals=[one * strength for one in down],
            mid_block_additional_residual=mid * strength,
        )
        v1.check(name, output.sample)


@torch.no_grad()
def test_bare_controlnet() -> None:
    data = golden("diffbir_v2_controlnet")
    down, mid = _control(data, data.state, data.inputs["context"], data.inputs["hint"])
    for i, residual in enumerate([*down, mid]):
        data.check(f"control.{i}", residual)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"out.2.bias": None}, "missing: conv_out.bias"),
        ({"input_blocks.1.0.in_layers.9.weight": torch.zeros(1)}, r"unknown: down_blocks.*in_layers\.9"),
        ({"surprise": torch.zeros(1)}, "unknown weights .surprise"),
        ({"time_embed.0.bias": torch.zeros(3)}, "of another shape: time_embedding"),
        ({"input_blocks.0.0.weight": None}, "lacks input_blocks.0.0.weight"),
    ],
)
def test_a_unet_that_does_not_fit_is_refused(v1: Golden, change: dict[str, Tensor | None], named: str) -> None:
    state = {name: value for name, value in (_unet(v1) | change).items() if value is not None}
    with pytest.raises(CMCError, match=named):
        ldm.build_unet(state, FILE, HEAD_WIDTH)


def test_another_networks_weights_are_refused(v1: Golden) -> None:
    vae, unet = take_prefix(v1.state, "first_stage_model.", FILE), _unet(v1)
    with pytest.raises(CMCError, match="lacks"):
        ldm.build_unet(vae, FILE)
    with pytest.raises(CMCError, match="lacks"):
        ldm.build_vae(unet, FILE)
    with pytest.raises(CMCError, match="lacks"):
        ldm.build_text_encoder(unet, FILE)
    with pytest.raises(CMCError, match="unknown weights"):
        ldm.build_controlnet(unet, FILE)
