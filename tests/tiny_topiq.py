"""TOPIQ with random weights in the released files' format: real scores of real pictures that mean nothing."""

import functools
from pathlib import Path
from typing import Any

import torch

# A small network of timm; the released files use resnet50.
BACKBONE = "test_resnet"


@functools.lru_cache(maxsize=4)
def random_topiq(use_ref: bool, backbone: str = BACKBONE, seed: int = 0, inter_dim: int = 256) -> torch.nn.Module:
    """pyiqa's network, every part of which moves the score; with a fresh network half of it would be idle."""
    from pyiqa.archs.topiq_arch import CFANet

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = CFANet(
            backbone, use_ref=use_ref, pretrained=False, backbone_pretrain=False, inter_dim=inter_dim
        ).eval()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                # timm starts the last one of each residual branch at zero, which would hide any error there.
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                torch.nn.init.normal_(module.bias, std=0.2)
                torch.nn.init.normal_(module.get_buffer("running_mean"), std=0.2)
                torch.nn.init.uniform_(module.get_buffer("running_var"), 0.5, 1.5)
            elif isinstance(module, torch.nn.MultiheadAttention):
                torch.nn.init.normal_(module.in_proj_weight, std=0.15)
                torch.nn.init.normal_(module.in_proj_bias, std=0.1)
        torch.nn.init.normal_(network.h_emb, std=0.5)
        torch.nn.init.normal_(network.w_emb, std=0.5)
        # Spreads the scores, so that 1e-4 is a small part of their differences.
        torch.nn.init.normal_(network.score_linear[-1].weight, std=0.5)
    return network


def save_topiq(
    path: Path, use_ref: bool, backbone: str = BACKBONE, seed: int = 0, inter_dim: int = 256, **extra: Any
) -> Path:
    """Write `{"params": state_dict}`, with the backbone's name and width where they are not the released files'."""
    named: dict[str, str | int] = {} if backbone == "resnet50" else {"semantic_model_name": backbone}
    named |= {} if inter_dim == 256 else {"inter_dim": inter_dim}
    torch.save({"params": random_topiq(use_ref, backbone, seed, inter_dim).state_dict(), **named, **extra}, path)
    return path


def save_weights(folder: Path, **options: Any) -> Path:
    """Both files of the benchmark."""
    folder.mkdir(parents=True, exist_ok=True)
    save_topiq(folder / "topiq-fr.pth", True, **options)
    save_topiq(folder / "topiq-nr.pth", False, **options)
    return folder
