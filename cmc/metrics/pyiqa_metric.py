"""A network of pyiqa.archs as a metric: its weights from local files, its scores as pyiqa's own."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError, reason
from cmc.metrics.base import Metric
from cmc.metrics.pyiqa_untrained import build_clip, untrained
from cmc.metrics.pyiqa_weights import Part, fill_network
from cmc.metrics.weight_files import Weights, tuned

if TYPE_CHECKING:
    import torch

PYIQA_LICENCE = "code: PolyForm Noncommercial 1.0.0 (pyiqa)"
# What measures of brightness see of a picture: pyiqa's choice of several.
LUMA = "Y of YIQ"


@dataclass(frozen=True)
class PyiqaNetwork:
    """How a network of pyiqa is built.

    arch: module and class of pyiqa.archs; options: its constructor's; parts: its weights; clip: the file of the CLIP
    that the constructor asks for, and the prefix of its keys there; learns: options under which it can be fine-tuned,
    without weights to begin with, None if it cannot; crop: side in pixels of the only squares that it then takes;
    scored_by: a faster way to the same scores.
    """

    arch: str
    full_reference: bool
    parts: tuple[Part, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    clip: tuple[Part, str] | None = None
    learns: Mapping[str, Any] | None = None
    crop: int | None = None
    scored_by: "type[PyiqaMetric] | None" = None


class PyiqaMetric(Metric):
    """A network of pyiqa.archs in evaluation mode and fp32, one picture at a time, in the order (decoded, GT)."""

    def __init__(
        self,
        name: str,
        network: "torch.nn.Module",
        full_reference: bool,
        weights: Sequence[Weights],
        device: "torch.device",
    ) -> None:
        self.full_reference = full_reference
        self.note = "; ".join(str(file.extra["note"]) for file in weights if file.extra.get("note"))
        self._name, self._device = name, device
        self.network: Any = network.eval().requires_grad_(False).to(device)
        self.identity = {
            "metric": name,
            "weights": _digest(weights),
            "pyiqa": version("pyiqa"),
            "dtype": "torch.float32",
            "device": device.type,
        }

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        # TF32 convolutions, cuDNN's default, would be off by more than 1e-4.
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            try:
                return self.compare(pictures, gt)
            except (AssertionError, RuntimeError, ValueError) as error:
                height, width = pictures[0].shape[:2]
                raise CMCError(f"{self._name} cannot score a picture of {width}x{height} ({reason(error)})") from error

    def compare(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        """As `score`, which tells what the network raises; without gradients."""
        others = [self.tensor(gt)] if self.full_reference and gt is not None else []
        return [float(self.network(self.tensor(picture), *others)) for picture in pictures]

    def tensor(self, picture: np.ndarray) -> "torch.Tensor":
        """(1, 3, height, width) float32 in [0, 1]."""
        import torch

        return torch.from_numpy(picture.copy()).to(self._device).permute(2, 0, 1)[None].float().div(255)


def create(name: str, described: PyiqaNetwork, folder: Path, device: "torch.device") -> Metric:
    """The metric `name` with the released weights, or its own fine-tuned ones where the folder holds them.

    Raises CMCError for files that do not fit.
    """
    options, parts = described.options, described.parts
    own = tuned(folder, name) if described.learns is not None else None
    if own and described.learns is not None:
        options, parts = described.learns, (Part(own.name, f"cmc finetune --metric {name}"),)
    filled: list[tuple[Part, Weights]] = [(part, part.read(folder)) for part in parts]
    used = [weights for _, weights in filled]
    make_clip = None
    if described.clip:
        clip, prefix = described.clip
        used.append(clip.read(folder))
        state = {key.removeprefix(prefix): value for key, value in used[-1].state.items()}
        make_clip = partial(build_clip, state, used[-1].path)
    module, network_class = described.arch.split(".")
    with untrained(module, make_clip) as arch:
        network = getattr(arch, network_class)(**options)
    fill_network(network, filled, name)
    metric = described.scored_by or PyiqaMetric
    return metric(name, network, described.full_reference, used, device)


def _digest(weights: Sequence[Weights]) -> str | None:
    hashes = dict.fromkeys(file.sha256 for file in weights)
    return hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else None
