"""Metrics as networks that can be fine-tuned, by pyiqa's names."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError, reason
from cmc.metrics.base import STANDARD
from cmc.metrics.pyiqa_table import NETWORKS
from cmc.metrics.pyiqa_untrained import untrained
from cmc.metrics.topiq import FITTED_ORDER, load_network
from cmc.metrics.weight_files import Weights, load_strictly, read_weights
from cmc.registry import METRICS
from cmc.weights.hub import bounded_downloads

if TYPE_CHECKING:
    import torch

# Fields of a TOPIQ weight file that say how its network is built.
TOPIQ_FIELDS = ("semantic_model_name", "inter_dim")


@dataclass(frozen=True)
class Trainable:
    """A network to fine-tune.

    score(pictures, references): (n, 3, height, width) in [0, 1] each, references None without
    `full_reference`, to n scores; lower_is_better: a distance, which is fitted to how far an opinion is below the
    best one; fields: what a weight file must say beside the tensors; crop: side in pixels of the squares that it learns
    from, where its design takes no other size.
    """

    module: "torch.nn.Module"
    full_reference: bool
    score: Callable[..., "torch.Tensor"]
    lower_is_better: bool = False
    fields: dict[str, str | int] = field(default_factory=dict)
    crop: int | None = None


TOPIQ = ("topiq_fr", "topiq_nr")


def names() -> list[str]:
    """The metrics that can be fine-tuned."""
    return [*TOPIQ, *(name for name in METRICS.names() if METRICS.get(name).facts.tuned_weights is not None)]


def trainable(name: str, weights: Path | None, device: "torch.device") -> Trainable:
    """A metric of `names` from a weight file, or fresh on its backbone.

    Raises CMCError for weights that do not fit, and for a backbone that is not there and cannot be fetched.
    """
    start = None if weights is None else read_weights(weights)
    if name in TOPIQ:
        return _topiq(name == "topiq_fr", start, device)
    return _pyiqa(name, start, device)


def _topiq(use_ref: bool, weights: Weights | None, device: "torch.device") -> Trainable:
    if weights is None:
        raise CMCError("TOPIQ starts from weights; give the released file with --weights")
    fields = {key: weights.extra[key] for key in TOPIQ_FIELDS if key in weights.extra}
    if use_ref:
        # As `score` is called: (picture, reference).
        fields[FITTED_ORDER] = STANDARD
    module = load_network(weights, use_ref).to(device)
    return Trainable(module, use_ref, partial(_flat, module), fields=fields)


def _pyiqa(name: str, weights: Weights | None, device: "torch.device") -> Trainable:
    """Which of its parameters learn is the network's own choice: of LPIPS the weights of the channels, say.

    Several begin on a backbone trained on ImageNet, or CLIP, which torchvision, timm or pyiqa fetch once.
    """
    import pyiqa

    network = NETWORKS[name]
    arch, _, _ = network.arch.partition(".")
    # Where its own does not stand under its name, pyiqa imports all, and Q-Align's patches Llama for the whole process.
    importlib.import_module(f"pyiqa.archs.{arch}")
    # A weight file holds the whole network, but for the CLIP under CLIP-IQA.
    fetched = weights is None or network.clip
    try:
        with bounded_downloads() if fetched else untrained(arch):
            learns = network.learns or {}
            metric = pyiqa.create_metric(name, as_loss=True, loss_reduction="none", device=device, **learns)
    except Exception as error:  # a download that fails raises whatever its library likes
        why = reason(error)
        raise CMCError(
            f"{name} cannot be built ({why}); it needs its backbone once from the net, or --weights"
        ) from error
    if weights is not None:
        load_strictly(metric.net, weights, name)
    full_reference, lower_is_better = metric.metric_mode == "FR", bool(metric.lower_better)
    score = partial(_flat, metric)
    return Trainable(metric.net, full_reference, score, lower_is_better, crop=network.crop)


def _flat(metric: Callable[..., "torch.Tensor"], *pictures: "torch.Tensor") -> "torch.Tensor":
    return metric(*pictures).flatten()
