"""Generating a batch whatever happens: less at a time when memory runs out, once more when numbers overflow."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.images import nearly_black
from cmc.t2i.base import Decoder, Picture, Request, Sampling


@dataclass(frozen=True)
class Outcome:
    """What became of a job: `error` says why there is no picture; `retried` that it took an fp32 VAE."""

    key: str
    error: str = ""
    retried: bool = False


class SafeRenderer:
    """Renders lists of requests: halves them when memory runs out, and retries faulty pictures once."""

    def __init__(self, decoder: Decoder, sampling: Sampling, shrink: bool) -> None:
        self._decoder, self._sampling, self._shrink = decoder, sampling, shrink
        self._batch_limit: int | None = None

    def render(self, requests: list[Request]) -> Iterator[tuple[Request, Picture | None, Outcome]]:
        """Each request with its picture, or None and the reason in the outcome."""
        step = self._batch_limit or max(1, len(requests))
        for start in range(0, len(requests), step):
            batch = requests[start : start + step]
            pictures = self._render_halving(batch)
            faults = [fault(picture, request) for picture, request in zip(pictures, batch, strict=True)]
            for request, picture, error in zip(batch, pictures, faults, strict=True):
                if error and not picture.flagged:
                    yield self._retry(request)
                else:
                    yield request, None if error else picture, Outcome(request.name, error)

    def _retry(self, request: Request) -> tuple[Request, Picture | None, Outcome]:
        with self._decoder.full_precision():
            picture = self._render_halving([request])[0]
        error = fault(picture, request)
        return request, None if error else picture, Outcome(request.name, error, retried=True)

    def _render_halving(self, requests: list[Request]) -> list[Picture]:
        import torch

        try:
            return self._decoder.render(requests, self._sampling)
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
