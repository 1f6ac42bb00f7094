"""A picture with the maps of its items laid over, each in a colour of its own."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from PIL import Image

from cmc.maps.item_map import expand
from cmc.maps.map_file import ItemMaps

# Of Okabe and Ito (2008), which the colour-blind can tell apart.
COLOURS = ((213, 94, 0), (0, 114, 178), (240, 228, 66))
# How much of a place's colour is the maps'.
TINT = 0.5


class LegendItem(TypedDict):
    """An item's name and its colour, `#rrggbb`."""

    name: str
    colour: str


def overlay(image: Image.Image, maps: np.ndarray) -> Image.Image:
    """An RGB picture, tinted where maps (items, 8, 8) are set; the mean of their colours where several are."""
    masks = np.stack([expand(bits, image.size) for bits in maps], axis=-1).astype(np.float64)
    covered = masks.sum(-1, keepdims=True)
    colours = masks @ np.array(COLOURS[: len(maps)]) / np.maximum(covered, 1)
    share = TINT * (covered > 0)
    return Image.fromarray(np.round((1 - share) * np.asarray(image) + share * colours).astype(np.uint8))


def legend(names: Sequence[str]) -> list[LegendItem]:
    """What the colours of `overlay` mean."""
    return [{"name": name, "colour": "#{:02x}{:02x}{:02x}".format(*colour)} for name, colour in zip(names, COLOURS)]


def has_overlay(item_maps: ItemMaps) -> bool:
    """Whether there is a colour for each item, and an item at all."""
    return 1 <= len(item_maps.names) <= len(COLOURS)
