"""Stage 1 of DiffBIR: a regression network takes the degradation off before the diffusion adds detail."""

from pathlib import Path

import torch
from torch import Tensor

from cmc.core.errors import CMCError, reason
from cmc.t2i.restorers.tensors import pad, resized
from cmc.t2i.restorers.tiles import Tile, blend
from cmc.weights.checkpoint import State

TILE = Tile(512, 256)
# SwinIR's windows over an unshuffled picture; the released code pads every picture so.
MULTIPLE = 64


class DegradationRemoval:
    """SwinIR, BSRNet, SCUNet or any restoration network that `spandrel` knows by its weights.

    Always in fp32: it runs once a picture, and SwinIR's attention masks stay in fp32 whatever its weights are in.
    """

    def __init__(self, state: State, where: Path, device: torch.device) -> None:
        """Raises CMCError when the weights are of no known network or do not fit it."""
        import spandrel

        try:
            descriptor = spandrel.ModelLoader().load_from_state_dict(state)
        except Exception as error:  # it asserts, raises its own errors and torch's
            why = reason(" ".join(str(error).split()))  # torch names the weights that differ on further lines
            raise CMCError(f"{where} is no restoration network that spandrel knows ({why})") from error
        self.name = descriptor.architecture.name
        if not isinstance(descriptor, spandrel.ImageModelDescriptor) or descriptor.purpose not in ("Restoration", "SR"):
            raise CMCError(f"{where} is a {self.name} for {descriptor.purpose}, expected a restoration network")
        self._scale = descriptor.scale
        self._network = descriptor.model.to(device, torch.float32).eval().requires_grad_(False)

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures (batch, 3, height, width) in [0, 1], cleaned, at their size; results may leave the range."""
        height, width = images.shape[2:]
        padded = pad(images, MULTIPLE)
        size = (padded.shape[2], padded.shape[3])
        cleaned = blend(size, TILE, lambda window: self._network(window.crop(padded)), self._scale)
        return resized(cleaned[..., : height * self._scale, : width * self._scale], (height, width))
