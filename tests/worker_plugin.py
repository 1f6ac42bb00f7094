"""An encoder, a decoder and a metric that are quick to load, as a plugin; the decoder ends its process at the image
that `--fatal` names."""

import os
import time
from collections.abc import Sequence

import numpy as np
from PIL import Image

from cmc.i2t.base import Answer, Captioner
from cmc.metrics.base import Metric
from cmc.registry import I2T, METRICS, T2I, Option
from cmc.t2i.base import Decoder, Picture, Request, Sampling

# Of processor time that each picture takes; of the decoder, so that there is time to be killed in.
CAPTION_SECONDS, DECODE_SECONDS, SCORE_SECONDS = 0.02, 0.1, 0.02


def _be_busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        np.random.default_rng(0).random(10_000).sort()


class Brightness(Captioner):
    """Says how bright pictures are."""

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        _be_busy(CAPTION_SECONDS)
        return [Answer(f"A picture of brightness {np.asarray(image).mean():.1f}.", tokens=7) for image in images]


class Noise(Decoder):
    """Noise by the seed of an image."""

    max_side = None

    def __init__(self, fatal: str) -> None:
        self._fatal = fatal

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        _be_busy(DECODE_SECONDS)
        if self._fatal in [request.name for request in requests]:
            os._exit(1)
        return [
            Picture(np.random.default_rng(request.seed).random((*request.size[::-1], 3), np.float32))
            for request in requests
        ]

    def tokens_over(self, prompt: str) -> int:
        return 1


class Gap(Metric):
    """Mean absolute difference in levels."""

    full_reference = True
    identity = {"metric": "distance", "version": 1}  # noqa: RUF012 - as a plugin may write it

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        _be_busy(SCORE_SECONDS)
        assert gt is not None
        return [float(np.abs(picture.astype(float) - gt).mean()) for picture in pictures]


@I2T.register("lightness")
def brightness(checkpoint: object, device: object, dtype: object) -> Captioner:
    return Brightness()


@T2I.register("noise", modes=["text"], options={"fatal": Option(str, "the image that ends the process")})
def noise(checkpoint: object, device: object, dtype: object, fatal: str = "") -> Decoder:
    return Noise(fatal)


@METRICS.register("distance", full_reference=True, higher_is_better=False)
def gap(weights: object, device: object, dtype: object, **options: object) -> Metric:
    return Gap()
