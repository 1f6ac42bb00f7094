from pathlib import Path

import pytest
import torch
from torch import nn

from cmc.core.errors import CMCError
from cmc.weights.checkpoint import build_network, check_prefixes, read_checkpoint, shape_of, take_prefix

FILE = Path("released.ckpt")


def test_tensors_are_taken_out_of_what_wraps_them(tmp_path: Path) -> None:
    state = nn.Linear(2, 3).state_dict()
    wrapped = {f"module.{name}": value for name, value in state.items()}
    torch.save({"state_dict": {"params_ema": wrapped, "params": {}}, "epoch": 3}, tmp_path / "a.ckpt")
    tensors = read_checkpoint(tmp_path / "a.ckpt")
    assert tensors.keys() == state.keys()
    assert all(torch.equal(tensors[name], value) for name, value in state.items())
    torch.save(state | {"epoch": 3}, tmp_path / "bare.pth")
    assert read_checkpoint(tmp_path / "bare.pth").keys() == state.keys()


def test_a_part_is_taken_by_its_prefix_and_nothing_else_may_be_there() -> None:
    state = {"unet.a": torch.zeros(2, 3), "vae.b": torch.zeros(1)}
    assert take_prefix(state, "unet.", FILE).keys() == {"a"}
    assert shape_of(state, "unet.a", FILE) == (2, 3)
    check_prefixes(state, ("unet.", "vae."), FILE)
    with pytest.raises(CMCError, match=r"released\.ckpt has no text\.\*, found unet\.a, vae\.b"):
        take_prefix(state, "text.", FILE)
    with pytest.raises(CMCError, match=r"released\.ckpt has unknown weights \(vae\.b\)"):
        check_prefixes(state, ("unet.",), FILE)
    with pytest.raises(CMCError, match=r"released\.ckpt lacks unet\.c"):
        shape_of(state, "unet.c", FILE)


def test_a_network_holds_just_what_the_file_does() -> None:
    state = {name: torch.randn(value.shape) for name, value in nn.Linear(2, 3).state_dict().items()}
    network = build_network(lambda: nn.Linear(2, 3), state, FILE)
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert not network.training
    assert not any(value.requires_grad for value in network.parameters())
    with pytest.raises(CMCError, match=r"released\.ckpt are not those of its config \(1 missing: bias\)"):
        build_network(lambda: nn.Linear(2, 3), {"weight": state["weight"]}, FILE)
