"""Stage 1 of DiffBIR: a regression network takes the degradation off before the diffusion paints detail on."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from cmc.core.errors import CMCError, reason
from cmc.t2i.restorers.tensors import pad
from cmc.t2i.restorers.tiles import Tile, blend
from cmc.weights.checkpoint import State

TILE = Tile(512, 256)
# SwinIR's windows over an unshuffled picture; the released code pads every picture so.
MULTIPLE = 64


class Cleaner:
    """SwinIR, BSRNet, SCUNet or any restoration network that `spandrel` knows by its weights.

    Always in fp32: it runs once a picture, and SwinIR's attention masks stay in fp32 whatever its weights are in.
    """

    def __init__(self, state: State, where: Path, device: Any) -> None:
        """Raises CMCError when the weights are of no known network or do not fit it."""
        import spandrel

        try:
            found = spandrel.ModelLoader().load_from_state_dict(state)
        except Exception as error:  # it asserts, raises its own errors and torch's
            why = reason(" ".join(str(error).split()))  # torch names the weights that differ on further lines
            raise CMCError(f"{where} is no restoration network that spandrel knows ({why})") from error
        if not isinstance(found, spandrel.ImageModelDescriptor) or found.purpose not in ("Restoration", "SR"):
            raise CMCError(
                f"{where} is a {found.architecture.name} for {found.purpose}, expected a restoration network"
            )
        self.name = found.architecture.name
        self._scale = found.scale
        self._model = found.model.to(device, torch.float32).eval().requires_grad_(False)

    def __call__(self, image: Tensor) -> Tensor:
        """Pictures (batch, 3, height, width) in [0, 1], cleaned, at their size; results may leave the range."""
        height, width = image.shape[2:]
        padded = pad(image, MULTIPLE)
        plane = (padded.shape[2], padded.shape[3])
        cleaned = blend(plane, TILE, lambda window: self._model(window.crop(padded)), self._scale)
        cleaned = cleaned[..., : height * self._scale, : width * self._scale]
        if self._scale == 1:
            return cleaned
        return functional.interpolate(cleaned, size=(height, width), mode="bicubic", antialias=True)
