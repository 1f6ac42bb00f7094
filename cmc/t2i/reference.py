"""The decoder without a model: the reference itself, the floor under every generative score (Table A1, "Original")."""

from typing import TYPE_CHECKING

import numpy as np

from cmc.registry import T2I
from cmc.t2i.base import Decoder, Picture, Request, Sampling

if TYPE_CHECKING:
    import torch


class ReferenceDecoder(Decoder):
    """Returns each request's reference, untouched, at the ground truth's size."""

    multiple = 1
    max_side = None

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        return [Picture(np.asarray(request.reference, dtype=np.float32) / 255) for request in requests]


@T2I.register("reference", modes={"full", "image", "pixel"}, uses_text=False, generates=False)
def reference(checkpoint: str, device: "torch.device", dtype: "torch.dtype", **_: object) -> Decoder:
    """No checkpoint, no device: nothing is computed."""
    return ReferenceDecoder()
