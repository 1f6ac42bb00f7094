"""The released files' layout: what is left out is known by name, and every other name must fit."""

from pathlib import Path
from typing import Any

import pytest
import torch

from cmc.codecs.cdc.checkpoint import EPS, X, load_networks
from cmc.core.errors import CMCError
from tests.codecs.cdc import document, save

KINDS = {"cdc_x": ("ema", "ema_model.", X), "cdc_eps": ("model", "", EPS)}


def _edited(path: Path, name: str, lost: str = "", more: str = "") -> Path:
    content: dict[str, Any] = document(name)
    wrapper, prefix, _ = KINDS[name]
    weights = dict(content[wrapper])
    if lost:
        del weights[prefix + lost]
    if more:
        weights[prefix + more] = torch.zeros(2)
    torch.save({**content, wrapper: weights}, path)
    return path


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("lost", "more", "told"),
    [
        ("denoise_fn.mid_attn.fn.norm.g", "", "1 missing: mid_attn.fn.norm.g"),
        ("context_fn.prior._medians", "", "1 missing: prior._medians"),
        ("context_fn.hyper_dec.0.0.weight", "", "lacks hyper_dec.0.0.weight"),
        ("train_alphas_cumprod", "", "lacks train_alphas_cumprod"),
        ("", "context_fn.enc.4.0.block1.block.0.weight", "1 unknown: enc.4.0.block1.block.0.weight"),
        ("", "other.weight", "unknown weights"),
    ],
)
def test_every_key_must_match(tmp_path: Path, name: str, lost: str, more: str, told: str) -> None:
    with pytest.raises(CMCError, match=told):
        load_networks(_edited(tmp_path / "a.pt", name, lost, more), KINDS[name][2])


@pytest.mark.parametrize("name", KINDS)
def test_the_network_of_the_perceptual_loss_is_left_out(tmp_path: Path, name: str) -> None:
    networks = load_networks(_edited(tmp_path / "a.pt", name, more="loss_fn_vgg.lin0.weight"), KINDS[name][2])
    assert not any("vgg" in key for key in networks.state)


def test_averaged_weights_are_taken_and_others_left(tmp_path: Path) -> None:
    networks, weights = load_networks(save(tmp_path / "a.pt", "cdc_x"), X), document("cdc_x")["ema"]
    name = "denoise_fn.final_conv.1.bias"
    assert torch.equal(networks.unet.final_conv[1].bias, weights[f"ema_model.{name}"])
    assert not torch.equal(networks.unet.final_conv[1].bias, weights[f"online_model.{name}"])


def test_a_name_beside_the_averaged_ones_is_known_or_refused(tmp_path: Path) -> None:
    content = document("cdc_x")
    content["ema"] = {**content["ema"], "stray": torch.zeros(1)}
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(CMCError, match="unknown weights"):
        load_networks(tmp_path / "a.pt", X)


def test_each_kind_is_refused_as_the_other(tmp_path: Path) -> None:
    for name, release in (("cdc_x", EPS), ("cdc_eps", X)):
        with pytest.raises(CMCError, match="another model's checkpoint"):
            load_networks(save(tmp_path / "a.pt", name), release)


def test_another_schedule_is_refused(tmp_path: Path) -> None:
    content = document("cdc_eps")
    content["model"]["train_alphas_cumprod"] = content["model"]["train_alphas_cumprod"] ** 1.1
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(CMCError, match="trained with another noise schedule"):
        load_networks(tmp_path / "a.pt", EPS)
