"""What the tiny CLIP learns from: scenes, the names of their items in a few of the templates, and where these are."""

from typing import NamedTuple

import numpy as np
import torch
from transformers import CLIPTokenizer
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from cmc.maps.templates import BLANK, templates
from cmc.scenes.sentences import items_of
from cmc.scenes.where import scene_maps
from training.data import SceneSet

BATCH, TEMPLATES = 32, 3
# Object and setting.
ITEMS = 2


class Batch(NamedTuple):
    """Pictures, and where in them their items are.

    pixels: float (n, 3, side, side), normalised as CLIP's; tokens: int64 (1 + names, TEMPLATES, length), the same
    sentences about nothing and about each name of the batch; items: int64 (n, ITEMS), the names of each picture's, as
    places in the batch's; maps: bool (n, ITEMS, 8, 8).
    """

    pixels: torch.Tensor
    tokens: torch.Tensor
    items: torch.Tensor
    maps: torch.Tensor


def item_names(data: SceneSet) -> list[list[str]]:
    """Object and setting of each scene, as its caption names them."""
    return [[item.name for item in items.items] for items in map(items_of, data.texts) if items]


def draw_batch(data: SceneSet, names: list[list[str]], tokenizer: CLIPTokenizer, rng: np.random.Generator) -> Batch:
    """Random scenes; names: of `item_names`."""
    chosen = rng.integers(0, len(data.images), BATCH)
    named = sorted({name for index in chosen for name in names[index]})
    said = rng.choice(templates(), TEMPLATES, replace=False)
    sentences = [str(template).replace(BLANK, name) for name in ["", *named] for template in said]
    tokens = tokenizer(sentences, padding=True, return_tensors="pt").input_ids
    items = torch.tensor([[named.index(name) for name in names[index]] for index in chosen])
    maps = torch.from_numpy(np.stack([scene_maps(region) for region in data.regions[chosen]]))
    return Batch(clip_pixels(data.images[chosen]), tokens.unflatten(0, (-1, TEMPLATES)), items, maps)


def clip_pixels(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, height, width, 3) to float (n, 3, height, width), normalised as CLIP's."""
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (OPENAI_CLIP_MEAN, OPENAI_CLIP_STD))
    return (torch.from_numpy(np.array(images)).permute(0, 3, 1, 2) / 255 - mean) / deviation
