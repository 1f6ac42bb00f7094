"""Stage 1 through spandrel: bit-exact, at the picture's size, strict."""

from collections.abc import Callable
from pathlib import Path

import pytest
import spandrel
import torch

from cmc.core.errors import CMCError
from cmc.t2i.restorers import degradation_removal
from cmc.t2i.restorers.degradation_removal import DegradationRemoval
from cmc.t2i.restorers.tiles import Tile
from cmc.weights.checkpoint import State
from tests import tiny_ldm

FILE, CPU = Path("cleaner.pth"), torch.device("cpu")


@pytest.mark.parametrize("make", [tiny_ldm.swinir, tiny_ldm.scunet])
@torch.inference_mode()
def test_it_is_the_network_itself(make: Callable[[], State]) -> None:
    image = torch.rand(1, 3, 64, 128)
    network = spandrel.ModelLoader().load_from_state_dict(make()).model.eval()
    assert torch.equal(DegradationRemoval(make(), FILE, CPU)(image), network(image))


@pytest.mark.parametrize("make", [tiny_ldm.swinir, tiny_ldm.bsrnet])
@torch.inference_mode()
def test_any_size_stays(make: Callable[[], State]) -> None:
    assert DegradationRemoval(make(), FILE, CPU)(torch.rand(2, 3, 50, 70)).shape == (2, 3, 50, 70)


@torch.inference_mode()
def test_large_pictures_go_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    image = torch.rand(1, 3, 128, 192)
    cleaner = DegradationRemoval(tiny_ldm.bsrnet(), FILE, CPU)
    whole = cleaner(image)
    monkeypatch.setattr(degradation_removal, "TILE", Tile(64, 32))
    tiled = cleaner(image)
    assert not torch.equal(tiled, whole)
    assert (tiled - whole).abs().mean() < 1e-3


def test_other_weights_are_refused() -> None:
    with pytest.raises(CMCError, match=r"cleaner\.pth is no restoration network"):
        DegradationRemoval({"weight": torch.ones(1)}, FILE, CPU)
    cut = {name: value for name, value in tiny_ldm.swinir().items() if name != "conv_last.bias"}
    with pytest.raises(CMCError, match=r"conv_last\.bias"):
        DegradationRemoval(cut, FILE, CPU)
