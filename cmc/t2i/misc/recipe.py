"""MISC's recipe over any decoder: a short pass an item, mixed in by its map, then a long one over the whole."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from cmc.core.errors import CMCError
from cmc.core.images import RESAMPLING
from cmc.core.modes import MODES
from cmc.core.run_file import Document
from cmc.core.seeds import seed_for
from cmc.t2i.base import Decoder, Guide, Picture, Request, Sampling
from cmc.t2i.misc.masks import EDGES, mix
from cmc.t2i.restorers.tensors import resized


@dataclass(frozen=True)
class Recipe:
    """steps, guidance_scale: of the pass over an item; map_edges: a name of EDGES; short_edge: smaller pictures are
    enlarged to it before the first pass."""

    steps: int
    guidance_scale: float
    map_edges: str
    short_edge: int


class MiscDecoder(Decoder):
    """A pass over each of a request's items, in their order, then one over the picture.

    Every pass is a whole run of the base from noise, with the picture of the pass before as its reference: over DiffBIR
    stage 1 cleans that picture anew, and the colours are fixed against what it returns. Between passes pictures are of
    8 bits. All passes are at one size; the last picture is taken back to the size asked for.

    The last pass has the request's own seed, the one over item i a seed made of it and i, so that what an item becomes
    does not depend on how many there are, and a request without items is the base's picture. One request at a time: a
    guided pass over a million pixels fills a GPU, and a picture is the same in every batch.
    """

    def __init__(self, base: Decoder, recipe: Recipe, about: Document) -> None:
        self._base, self._recipe, self._about = base, recipe, about
        self.multiple, self.max_side = base.multiple, base.max_side

    def check(self, sampling: Sampling) -> None:
        last, item = self._last(sampling), self._of_item(sampling)
        self._base.check(last)
        try:
            self._base.check(item)
        except CMCError as error:
            raise CMCError(str(error).replace("--steps", "--item_steps")) from error
        if int(item.steps * item.strength) < 1:
            raise CMCError(f"--item_steps {item.steps} at strength {item.strength} leaves no step to run; raise it")

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        return [self._render(request, sampling) for request in requests]

    def full_precision(self) -> AbstractContextManager[None]:
        return self._base.full_precision()

    def tokens_over(self, prompt: str) -> int:
        """How many tokens of a prompt the text encoder will not see, each line (a detail, the whole) read by itself."""
        return sum(self._base.tokens_over(line) for line in prompt.split("\n"))

    def describe(self) -> Document:
        return self._base.describe() | self._about

    def _render(self, request: Request, sampling: Sampling) -> Picture:
        size = enlarged_size(request.size, self._recipe.short_edge)
        pixels = _start(request, size)
        for place, guide in enumerate(request.guides):
            picture = self._pass_over(place, guide, pixels, request, sampling)
            if not _is_usable(picture):
                return _at(picture, request.size)
            mask = EDGES[self._recipe.map_edges](guide.where, request.size, size)
            pixels = mix(_in_8_bits(picture), pixels, mask)
        whole = replace(request, size=size, reference=Image.fromarray(pixels), guides=())
        return _at(self._base.render([whole], self._last(sampling))[0], request.size)

    def _pass_over(self, place: int, guide: Guide, pixels: np.ndarray, request: Request, sampling: Sampling) -> Picture:
        """What the base makes of the picture so far by an item's detail, not mixed yet; it hears where the item is."""
        image, seed = Image.fromarray(pixels), seed_for(request.seed, f"item {place}")
        asked = Request(request.name, guide.detail, image.size, image, seed, (guide,))
        return self._base.render([asked], self._of_item(sampling))[0]

    def _of_item(self, sampling: Sampling) -> Sampling:
        last = self._last(sampling)
        return replace(last, steps=self._recipe.steps, guidance_scale=self._recipe.guidance_scale)

    def _last(self, sampling: Sampling) -> Sampling:
        """At the strength of its mode, for a base that has one."""
        return replace(sampling, strength=MODES[sampling.mode].strength)


def enlarged_size(size: tuple[int, int], short_edge: int) -> tuple[int, int]:
    """(width, height) with a shorter edge of `short_edge` pixels, where it is shorter."""
    scale = max(1, short_edge / min(size))
    return round(size[0] * scale), round(size[1] * scale)


def _start(request: Request, size: tuple[int, int]) -> np.ndarray:
    image = Image.fromarray(np.asarray(request.reference, dtype=np.uint8))
    return np.asarray(image if image.size == size else image.resize(size, RESAMPLING))


def _is_usable(picture: Picture) -> bool:
    return not picture.flagged and bool(np.isfinite(picture.pixels).all())


def _in_8_bits(picture: Picture) -> np.ndarray:
    return np.round(picture.pixels * 255).astype(np.uint8)


def _at(picture: Picture, size: tuple[int, int]) -> Picture:
    """At (width, height), in [0, 1]; NaN stays NaN."""
    images = torch.from_numpy(picture.pixels).permute(2, 0, 1)[None]
    pixels = resized(images, (size[1], size[0]))[0].permute(1, 2, 0).clamp(0, 1)
    return replace(picture, pixels=np.ascontiguousarray(pixels.numpy()))
