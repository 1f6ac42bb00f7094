"""The tiny CLIP's losses: least where maps and names are right."""

import math

import numpy as np
import pytest
import torch

from cmc.scenes.where import scene_maps
from training.clip_losses import map_loss, name_loss


def _truth() -> tuple[torch.Tensor, torch.Tensor]:
    """Similarities (1, 64, 2), of 1 on an item's blocks and 0 beside them, and the maps (1, 2, 8, 8) of these items."""
    region = np.zeros((128, 128), bool)
    region[32:96, 16:64] = True
    maps = torch.from_numpy(scene_maps(region))[None].float()
    return maps.flatten(2).transpose(1, 2), maps


def test_right_maps_cost_little_at_any_scale() -> None:
    similar, maps = _truth()
    right = map_loss(similar, maps)
    assert right < 0.3
    assert map_loss(-5 + 0.01 * similar, maps) == pytest.approx(right.item(), abs=1e-4)


def test_a_wrong_patch_costs_and_the_loss_says_whither() -> None:
    similar, maps = _truth()
    wrong = similar.clone()
    wrong[0, 63, 0] = 0.8
    wrong.requires_grad_()
    loss = map_loss(wrong, maps)
    loss.backward()
    assert loss > map_loss(similar, maps) + 0.03
    assert wrong.grad is not None
    assert wrong.grad[0, 63, 0] > 0
    assert map_loss(1 - similar, maps) > 5


def test_an_item_does_not_compete_with_the_other_of_its_picture() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0]])
    items = torch.tensor([[0, 1]])
    wanted = (math.log1p(math.exp(-2)) + math.log1p(math.exp(-1))) / 2
    assert name_loss(logits, items).item() == pytest.approx(wanted)
    assert name_loss(logits[:, :2], items).item() == 0
