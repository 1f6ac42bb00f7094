"""Ways to spoil a picture in five known degrees: what the demo metrics learn to tell apart."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from cmc.core.images import RESAMPLING
from cmc.registry import CODECS

LEVELS = range(1, 6)
# The opinion given to a picture that was left as it is, and how much each level takes away. What is left at the last
# sets it apart from another picture altogether, which gets 0: a decoder that generates from a caption lies between.
BEST, STEP = 5.0, 0.8
Distortion = Callable[[Image.Image, int, np.random.Generator], Image.Image]


@dataclass(frozen=True)
class Spoiled:
    """A distorted picture; `mos` is what an opinion of it is taken to be."""

    distortion: str
    level: int
    image: Image.Image

    @property
    def mos(self) -> float:
        return opinion(self.level)


def opinion(level: int) -> float:
    """From BEST at level 0 down by STEP."""
    return BEST - STEP * level


def _jpeg(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=(40, 20, 11, 6, 2)[level - 1])
    return Image.open(buffer).convert("RGB")


def _vvc(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    codec = CODECS.get("vvc").create(qp=(35, 41, 47, 52, 58)[level - 1])
    return codec.decode(codec.encode(image), image.size)


def _blur(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur((0.8, 1.5, 2.6, 4.5, 8)[level - 1] * image.width / 128))


def _noise(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(image, np.float64)
    pixels = pixels + rng.normal(0, (8, 16, 28, 48, 80)[level - 1], pixels.shape)
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def _mosaic(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    cells = (48, 32, 20, 10, 3)[level - 1]
    return image.resize((cells, cells), Image.Resampling.BOX).resize(image.size, RESAMPLING)


def _colour(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    """Hue turned either way, contrast lowered."""
    hue, saturation, value = image.convert("HSV").split()
    turn = int(rng.choice((-1, 1))) * (6, 14, 26, 48, 90)[level - 1]
    hue = Image.fromarray(((np.asarray(hue, np.int32) + turn) % 256).astype(np.uint8))
    turned = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    return ImageEnhance.Contrast(turned).enhance(1 - 0.13 * level)


def _warp(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    """Lumps moved about, as a generative decoder does."""
    side = image.width
    reach = (1.5, 3, 5, 9, 16)[level - 1] * side / 128
    moves = [Image.fromarray(rng.uniform(-reach, reach, (9, 9)).astype(np.float32)) for _ in range(2)]
    down, right = (np.asarray(move.resize(image.size, RESAMPLING)) for move in moves)
    y, x = np.mgrid[:side, :side]
    pixels = np.asarray(image)
    at = np.clip(np.round(y + down), 0, side - 1).astype(int), np.clip(np.round(x + right), 0, side - 1).astype(int)
    return Image.fromarray(pixels[at])


def _moved(image: Image.Image, level: int, rng: np.random.Generator) -> Image.Image:
    """Everything in its place but for the place: moved some way, mirrored at the edges."""
    reach, angle = (3, 7, 13, 24, 42)[level - 1] * image.width / 128, rng.uniform(0, 2 * np.pi)
    down, right = (round(float(reach * part)) for part in (np.sin(angle), np.cos(angle)))
    edge = int(np.ceil(reach))
    padded = np.pad(np.asarray(image), ((edge, edge), (edge, edge), (0, 0)), "reflect")
    return Image.fromarray(padded[edge + down :, edge + right :][: image.height, : image.width])


DISTORTIONS: dict[str, Distortion] = {
    "jpeg": _jpeg,
    "vvc": _vvc,
    "blur": _blur,
    "noise": _noise,
    "mosaic": _mosaic,
    "colour": _colour,
    "warp": _warp,
    "moved": _moved,
}
# No flaws to one who has not seen the original.
UNSEEN_BY_NR = ("colour", "moved")


def spoil(image: Image.Image, rng: np.random.Generator, share: float = 1.0) -> Iterator[Spoiled]:
    """The picture itself, then every distortion at a random `share` of its levels."""
    yield Spoiled("none", 0, image)
    for name, distort in DISTORTIONS.items():
        for level in LEVELS:
            if rng.uniform() < share:
                yield Spoiled(name, level, distort(image, level, rng))
