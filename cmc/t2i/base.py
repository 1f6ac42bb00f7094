"""What a decoder is: requests in, pictures out."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cmc.core.run_file import Document


@dataclass(frozen=True)
class Guide:
    """An item of a picture: what it looks like, and where it is, bool (8, 8), a bit an eighth of either side."""

    detail: str
    where: np.ndarray


@dataclass(frozen=True)
class Request:
    """One picture to generate.

    size: (width, height) in pixels, multiples of the decoder's `multiple`; reference: the starting image at
    that size, or None in text mode; seed: of this image alone, so that its neighbours do not change it; guides: the
    picture's items in the order of their weight, none but for a decoder whose fact `items` says that it reads them.
    """

    name: str
    prompt: str
    size: tuple[int, int]
    reference: Image.Image | None
    seed: int
    guides: tuple[Guide, ...] = ()


@dataclass(frozen=True)
class Sampling:
    """How to generate: `strength` in (0, 1] (share of the noise schedule that is run), `steps` of the whole
    schedule, `guidance_scale` (None: the model's own).

    noise_level: the sigma to start at, over 0, in place of a strength, which is then found for it before a decoder is
    asked; None where the strength is what was asked for.
    """

    mode: str
    strength: float
    steps: int
    guidance_scale: float | None = None
    noise_level: float | None = None


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

    def sigma(self, sampling: Sampling, size: tuple[int, int]) -> float | None:
        """The noise level of the start at a `strength`, for pictures of `size` (width, height): noise over signal, from
        0 up, the same measure for every schedule. None where it starts from noise alone, or does not tell."""
        return None

    def full_precision(self) -> AbstractContextManager[None]:
        """A context in which numbers overflow less (fp32 VAE), for one retry; does nothing where that is moot."""
        return nullcontext()

    def tokens_over(self, prompt: str) -> int:
        """How many tokens of a prompt the text encoder will not see."""
        return 0

    def describe(self) -> Document:
        """What was loaded, for the screen and the run file: checkpoint, revision, variant, format."""
        return {}
