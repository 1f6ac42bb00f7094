"""What a decoder is: requests in, pictures out."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cmc.core.run_file import Document


@dataclass(frozen=True)
class Request:
    """One picture to generate.

    size: (width, height) in pixels, multiples of the decoder's `multiple`; reference: the starting image at
    that size, or None in text mode; seed: of this image alone, so that its neighbours do not change it.
    """

    name: str
    prompt: str
    size: tuple[int, int]
    reference: Image.Image | None
    seed: int


@dataclass(frozen=True)
class Sampling:
    """How to generate: `strength` in (0, 1] (share of the noise schedule that is run), `steps` of the whole
    schedule, `guidance_scale` (None: the model's own)."""

    mode: str
    strength: float
    steps: int
    guidance_scale: float | None = None


@dataclass(frozen=True)
class Picture:
    """`pixels` (height, width, 3), float, [0, 1], NaN where numbers overflowed; `flagged`: blacked out on purpose."""

    pixels: np.ndarray
    flagged: bool = False


class Decoder(ABC):
    """Base of every decoder; a plugin overrides `render` and what else it can answer.

    multiple: both sides of a request are multiples of this many pixels; max_side: longest side it is asked
    for unless the user says otherwise (None: the GT's own size).
    """

    multiple: int = 8
    max_side: int | None = 1024

    @abstractmethod
    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        """One picture a request, in order; all requests are of one size and mode.

        Raises CMCError for what would hit every picture alike; ImageError, or anything else, fails this one alone.
        """

    def check(self, sampling: Sampling) -> None:
        """Raises CMCError for settings with which no picture can be generated."""
        return

    def full_precision(self) -> AbstractContextManager[None]:
        """A context in which numbers overflow less (fp32 VAE), for one retry; does nothing where that is moot."""
        return nullcontext()

    def tokens_over(self, prompt: str) -> int:
        """How many tokens of a prompt the text encoder will not see."""
        return 0

    def describe(self) -> Document:
        """What was loaded, for the screen and the run file: checkpoint, revision, variant, format."""
        return {}
