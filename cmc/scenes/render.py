"""A scene from its content type and seed: the picture, what it shows, where the main object is, and a caption."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

from cmc.core.errors import CMCError
from cmc.scenes.attributes import KINDS, Attributes, caption, random_attributes
from cmc.scenes.canvas import Canvas, object_colour
from cmc.scenes.objects import OBJECTS
from cmc.scenes.settings import SETTINGS

SIDE = 128
# Seeds by use. No two overlap, so that no shipped model has seen what it is shown or judged on.
SEEDS = {
    "train": range(0, 1_000_000),
    "validation": range(1_000_000, 1_100_000),
    "test": range(2_000_000, 2_100_000),
    "demo": range(3_000_000, 3_100_000),
}
_CENTRES = {"left": 0.27, "middle": 0.5, "right": 0.73}
_HALVES = {"small": (0.15, 0.18), "large": (0.22, 0.26)}
_NO_CHANGES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Scene:
    """`image`: RGB, square; `region`: bool (side, side), True on the main object; `text`: a true caption, "" where
    there is no object."""

    name: str
    image: Image.Image
    shown: Attributes
    region: np.ndarray
    text: str


def render(kind: str, seed: int, side: int = SIDE, changes: Mapping[str, str] = _NO_CHANGES) -> Scene:
    """Scene number `seed` of a content type (a key of KINDS), `side` pixels wide and high; always the same one.

    changes: what its attributes are instead of the seed's, by name, "" as object for none; what they do not touch is
    drawn as without them. Raises CMCError for another content type or a side outside 64 to 1024.
    """
    if kind not in KINDS:
        raise CMCError(f"no scenes of type {kind!r}; there are {', '.join(KINDS)}")
    if not 64 <= side <= 1024:
        raise CMCError(f"a scene of {side} pixels: expected 64 to 1024")
    number = list(KINDS).index(kind)
    rng = np.random.default_rng([number, seed])
    drawn = random_attributes(kind, rng)
    text = caption(drawn, rng)
    picture = _setting(drawn, side, rng)
    shown = replace(drawn, **changes)
    if changes:
        other_rng = np.random.default_rng([number, seed, 1])
        text = caption(shown, other_rng) if shown.object else ""
        if (shown.setting, shown.light) != (drawn.setting, drawn.light):
            picture = _setting(shown, side, other_rng)
    layer = _object(shown, side, rng) if shown.object else Canvas(side, "RGBA")
    if kind == "AIGI":
        _shadow(picture, layer, shown.light)
    picture.put(_lit(picture, layer, kind))
    region = np.asarray(layer.finished())[:, :, 3] > 127
    return Scene(f"{kind}_{KINDS[kind].subtype}_{seed % 100_000:03d}", picture.finished(), shown, region, text)


def _setting(shown: Attributes, side: int, rng: np.random.Generator) -> Canvas:
    picture = Canvas(side)
    SETTINGS[shown.setting](picture, shown.light, rng)
    return picture


def _object(shown: Attributes, side: int, rng: np.random.Generator) -> Canvas:
    layer = Canvas(side, "RGBA")
    half = rng.uniform(*_HALVES[shown.size])
    x = _CENTRES[shown.position] + rng.uniform(-0.03, 0.03)
    y = 0.84 - half + rng.uniform(-0.05, 0.03) if shown.kind == "NSI" else 0.5 + rng.uniform(-0.12, 0.12)
    if shown.object == "balloon":
        y -= 0.3
    layer.frame = (x, y, half)
    OBJECTS[shown.object](layer, object_colour(shown.colour, rng), rng)
    return layer


def _shadow(picture: Canvas, layer: Canvas, light: str) -> None:
    """A blurred shadow under soft light, a sharp one under hard light."""
    unit = picture.side / SIDE
    alpha = layer.image.getchannel("A")
    shift = round((4 if light == "in hard light" else 2) * unit)
    alpha = alpha.transform(alpha.size, Image.Transform.AFFINE, (1, 0, -shift, 0, 1, -shift))
    if light == "in soft light":
        alpha = alpha.filter(ImageFilter.GaussianBlur(4 * unit))
    dark = np.asarray(alpha, np.float32)[:, :, None] / 255 * (0.6 if light == "in hard light" else 0.45)
    picture.put(picture.pixels() * (1 - dark))


def _lit(picture: Canvas, layer: Canvas, kind: str) -> np.ndarray:
    """The object over its setting; shapes are lit from the top left."""
    over = layer.pixels()
    alpha = over[:, :, 3:] / 255
    body = over[:, :, :3]
    if kind == "AIGI":
        axis = np.linspace(1, -1, picture.side, dtype=np.float32)
        body = body * (1 + 0.12 * (axis[None, :, None] + axis[:, None, None]) / 2)
    return body * alpha + picture.pixels() * (1 - alpha)


def scenes(use: str, count: int, side: int = SIDE) -> Iterator[Scene]:
    """The first `count` scenes of a use (a key of SEEDS), the types taking turns. Raises CMCError for a count that is
    not there."""
    kinds = list(KINDS)
    if not 1 <= count <= len(kinds) * len(SEEDS[use]):
        raise CMCError(f"{count} scenes: expected 1 to {len(kinds) * len(SEEDS[use])}")
    for number in range(count):
        yield render(kinds[number % len(kinds)], SEEDS[use][number // len(kinds)], side)
