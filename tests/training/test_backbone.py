"""The backbone of the demo metrics: its batches are what they say, and teaching changes it and nothing else."""

from pathlib import Path

import numpy as np
import torch
from pyiqa.archs.topiq_arch import CFANet

from cmc.scenes.render import scenes
from training.backbone import QUICK, TYPES, fresh_batches, train_backbone
from training.distortions import BEST


def _images() -> np.ndarray:
    return np.stack([np.asarray(scene.image) for scene in scenes("train", 3)])


def test_new_pictures_carry_their_kind_and_opinion() -> None:
    images = _images()
    pictures, kinds, opinions = fresh_batches(images)(np.random.default_rng(0), 40)
    assert {TYPES[kind] for kind in kinds} == {"none", *QUICK}
    for picture, kind, opinion in zip(pictures, kinds, opinions, strict=True):
        untouched = any(np.array_equal(picture, image) for image in images)
        assert untouched == (opinion == BEST) == (TYPES[kind] == "none")


def test_teaching_changes_the_backbone_alone(tmp_path: Path) -> None:
    network = CFANet("lcnet_050", use_ref=False, pretrained=False, backbone_pretrain=False, inter_dim=16)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    train_backbone(network, [fresh_batches(_images())], 2, 0, tmp_path / "backbone.pt", torch.device("cpu"))
    changed = {key for key, value in network.state_dict().items() if not torch.equal(value, before[key])}
    assert changed
    assert all(key.startswith("semantic_model.") for key in changed)
