"""DiffC as a codec: `diffc`, over any checkpoint of diffusers' that predicts noise, velocity or flow (2501.09815).

A stream is 2 bytes of agreement, the number of steps, and their bytes. The caption, if there is one, is not in it.
"""

import math
from itertools import islice
from typing import TYPE_CHECKING

from PIL import Image

from cmc.codecs.base import Codec
from cmc.codecs.diffc.published import repository_of
from cmc.codecs.diffc.schedule import FINEST
from cmc.core.device import pick_device
from cmc.core.errors import CMCError
from cmc.core.once import once
from cmc.registry import CODECS, Option

if TYPE_CHECKING:
    from cmc.codecs.diffc.estimate import Estimate
    from cmc.codecs.diffc.network import Model
    from cmc.codecs.diffc.step_coder import SentStep, StepEncoder

COARSEST = 999
# That a byte counts.
_MOST_STEPS = 255


class DiffC(Codec):
    """Steps to the last level that is not below `level`; caption: the prompt of both sides, "" for none."""

    def __init__(self, model: "Model", level: int, caption: str) -> None:
        self._model, self._level, self._caption = model, level, caption

    @property
    def weights(self) -> bytes:
        return self._model.weights

    def encode(self, image: Image.Image) -> bytes:
        return self._code_to(image, self._level)[1]

    def encode_within(self, image: Image.Image, limit: int) -> tuple[int, bytes]:
        return self._code_to(image, FINEST, limit)[:2]

    def estimate(self, image: Image.Image) -> "Estimate":
        """The bits of a picture by theory and by the authors' count, beside those of its stream."""
        from cmc.codecs.diffc.estimate import estimate

        _, stream, steps = self._code_to(image, self._level)
        return estimate(steps, stream)

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        from cmc.codecs.diffc.agreement import LENGTH, agreement
        from cmc.codecs.diffc.coding import picture_of
        from cmc.codecs.diffc.step_coder import StepDecoder

        body = stream[LENGTH:]
        if not body or stream[:LENGTH] != agreement(self._model, self._caption, size, body):
            raise CMCError(
                "expected a DiffC stream of these weights, this caption and size and this version of cmc and torch, "
                "found another, or a damaged one; decode it with what it was made with"
            )
        return picture_of(self._model, StepDecoder(body[1:]), body[0], self._caption, size)

    def _code_to(self, image: Image.Image, finest: int, limit: float = math.inf) -> "tuple[int, bytes, list[SentStep]]":
        """(level of the last step, stream, steps) of those within a level and a limit in bytes."""
        from cmc.codecs.diffc.coding import steps_of
        from cmc.codecs.diffc.step_coder import StepEncoder

        encoder, level = StepEncoder(), COARSEST
        sent: list[SentStep] = []
        stream = self._stream(encoder, 0, image.size)
        for step in islice(steps_of(self._model, image, self._caption, finest), _MOST_STEPS):
            encoder.add(step)
            longer = self._stream(encoder, len(sent) + 1, image.size)
            if len(longer) > limit:
                break
            sent.append(step)
            level, stream = step.level, longer
        return level, stream, sent

    def _stream(self, encoder: "StepEncoder", steps: int, size: tuple[int, int]) -> bytes:
        from cmc.codecs.diffc.agreement import agreement

        body = bytes([steps]) + encoder.bytes()
        return agreement(self._model, self._caption, size, body) + body


@once
def _load(checkpoint: str, device: str) -> "Model":
    """The model, once for all pictures and captions."""
    from cmc.codecs.diffc.network import load_model

    return load_model(checkpoint, pick_device(device))


@CODECS.register(
    "diffc",
    needs=["diffusers"],
    suffix=".diffc",
    qp=(COARSEST, FINEST),
    takes_caption=True,
    standard="learned: DiffC, a diffusion model as prior, fp32; qp is the noise level reached, of 1,000",
    counted="the range coder's bytes, one for the number of steps, and two that tell weights, caption and version",
    licence="of the checkpoint",
    options={
        "device": Option(str, "where DiffC's networks run: cpu (default), cuda, mps or auto", changes_output=False)
    },
)
def diffc(qp: int = COARSEST, checkpoint: str = "", caption: str = "", device: str = "cpu", **_: object) -> Codec:
    """checkpoint: a name of PUBLISHED, a folder or a hub id. Raises CMCError for one that is not a checkpoint of noise,
    velocity or flow, and as `load_components`."""
    return DiffC(_load(repository_of(checkpoint), device), qp, caption)
