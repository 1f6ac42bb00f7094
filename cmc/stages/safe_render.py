"""Generating a batch whatever happens: less at a time when memory runs out, once more when numbers overflow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.errors import CMCError, ImageError
from cmc.core.faults import faults_told, kind_of
from cmc.core.images import nearly_black
from cmc.stages.noise_levels import at_noise_level
from cmc.t2i.base import Decoder, Picture, Request, Sampling

# Further out of [0, 1] than half a level of 8 bits, values are on another scale.
HALF_A_LEVEL = 0.5 / 255


@dataclass(frozen=True)
class Outcome:
    """What became of a job: `error` says why there is no picture; `retried` that it took an fp32 VAE."""

    key: str
    error: str = ""
    retried: bool = False


class SafeRenderer:
    """Renders lists of requests: halves them when memory runs out, renders each alone when one of them makes the
    decoder fail, and retries faulty pictures once. `name`: the decoder's, for what it does wrong.

    Raises CMCError for a sampling that the decoder cannot run.
    """

    def __init__(self, decoder: Decoder, name: str, sampling: Sampling, shrink: bool) -> None:
        with faults_told("the decoder's check"):
            decoder.check(sampling)
        self._decoder, self._name, self._sampling, self._shrink = decoder, name, sampling, shrink
        self._batch_limit: int | None = None
        self._sampling_at: dict[tuple[int, int], Sampling] = {}

    def render(self, requests: list[Request]) -> Iterator[tuple[Request, Picture | None, Outcome]]:
        """Each request with its picture, or None and the reason in the outcome."""
        step = self._batch_limit or max(1, len(requests))
        for start in range(0, len(requests), step):
            batch = requests[start : start + step]
            for request, picture in zip(batch, self._render_each(batch), strict=True):
                yield self._judge(request, picture)

    def _judge(self, request: Request, picture: Picture | ImageError) -> tuple[Request, Picture | None, Outcome]:
        error, retried = _why_not(picture, request), False
        if error and isinstance(picture, Picture) and not picture.flagged:
            picture, retried = self._retry(request), True
            error = _why_not(picture, request)
        saved = None if error or isinstance(picture, ImageError) else picture
        return request, saved, Outcome(request.name, error, retried)

    def _retry(self, request: Request) -> Picture | ImageError:
        try:
            with faults_told("the decoder's full_precision", ImageError), self._decoder.full_precision():
                return self._render_each([request])[0]
        except ImageError as error:
            return error

    def _render_each(self, requests: list[Request]) -> list[Picture | ImageError]:
        """A picture each, or why the decoder has none."""
        try:
            return self._render_halving(requests)
        except ImageError as error:
            if len(requests) == 1:
                return [error]
        return [picture for request in requests for picture in self._render_each([request])]

    def _render_halving(self, requests: list[Request]) -> list[Picture | ImageError]:
        import torch

        try:
            return self._render(requests)
        except torch.OutOfMemoryError as error:
            width, height = requests[0].size
            if len(requests) == 1 or not self._shrink:
                raise CMCError(
                    f"out of memory at {len(requests)} picture(s) of {width}x{height}; "
                    "use --batch_size auto, a smaller --max_side or another --device"
                ) from error
        torch.cuda.empty_cache()
        self._batch_limit = (len(requests) + 1) // 2
        halves = requests[: self._batch_limit], requests[self._batch_limit :]
        return [picture for half in halves for picture in self._render_halving(half)]

    def _render(self, requests: list[Request]) -> list[Picture | ImageError]:
        """What the decoder returns, once looked at. Raises ImageError where it fails or the count is another."""
        import torch

        sampling = self._sampling_of(requests[0].size)
        with faults_told("the decoder", ImageError, but=(torch.OutOfMemoryError,)):
            pictures = self._decoder.render(requests, sampling)
        if not isinstance(pictures, Sequence) or len(pictures) != len(requests):
            found = f"{len(pictures)}" if isinstance(pictures, Sequence) else kind_of(pictures)
            raise ImageError(f"expected a list of {len(requests)} picture(s) from the decoder, found {found}")
        misfits = [misfit(picture, request, self._name) for picture, request in zip(pictures, requests, strict=True)]
        return [ImageError(error) if error else picture for picture, error in zip(pictures, misfits, strict=True)]

    def _sampling_of(self, size: tuple[int, int]) -> Sampling:
        """With the strength that comes nearest to the noise level, where one is asked for."""
        if size not in self._sampling_at:
            self._sampling_at[size] = at_noise_level(self._decoder, self._name, self._sampling, size)
        return self._sampling_at[size]


def _why_not(picture: Picture | ImageError, request: Request) -> str:
    return str(picture) if isinstance(picture, ImageError) else fault(picture, request)


def misfit(picture: object, request: Request, name: str) -> str:
    """Why what the decoder `name` returned is no picture of a request, whatever it shows; "" where it is one."""
    if not isinstance(picture, Picture):
        return f"expected a Picture from the decoder, found {kind_of(picture)}"
    pixels = picture.pixels
    if not isinstance(pixels, np.ndarray):
        return f"expected an array of pixels from the decoder, found {kind_of(pixels)}"
    if not np.issubdtype(pixels.dtype, np.floating):
        return f"expected float pixels in [0, 1] from the decoder, found {pixels.dtype}"
    if pixels.shape != (*request.size[::-1], 3):
        return _misshapen(pixels.shape, request.size, name)
    numbers = pixels[np.isfinite(pixels)]
    low, high = numbers.min(initial=0), numbers.max(initial=1)
    if low < -HALF_A_LEVEL or high > 1 + HALF_A_LEVEL:
        return f"expected pixels in [0, 1] from the decoder, found {low:.3g} to {high:.3g}"
    return ""


def _misshapen(shape: tuple[int, ...], size: tuple[int, int], name: str) -> str:
    width, height = size
    if len(shape) != 3 or shape[2] != 3:
        return f"expected pixels of shape {(height, width, 3)} from the decoder, found {shape}"
    found = f"{shape[1]}x{shape[0]}"
    return f"expected a picture of {width}x{height} from {name}, as asked, found {found}; try another --max_side"


def fault(picture: Picture, request: Request) -> str:
    """Why a picture must not be saved, or "": numbers overflowed, all black, or flagged by a safety checker."""
    if picture.flagged:
        return "blacked out by the safety checker"
    if not np.isfinite(picture.pixels).all():
        return "the model's numbers overflowed (NaN)"
    dark_start = request.reference is not None and nearly_black(np.asarray(request.reference))
    if not picture.pixels.any() and not dark_start:
        return "the picture came out all black"
    return ""
