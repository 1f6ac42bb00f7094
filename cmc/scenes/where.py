"""Where in a drawn scene its items are, as its renderer knows: what maps of CLIP's are judged by."""

import numpy as np

from cmc.maps.item_map import item_map


def scene_maps(region: np.ndarray) -> np.ndarray:
    """bool (2, 8, 8): the maps of a scene's items, main object and setting, as a perfect similarity makes them: 1 on an
    item's pixels, 0 beside them.

    region: bool (side, side), the object's pixels (`Scene.region`); all others, its shadow too, are the setting's.
    """
    return np.stack([item_map(mask.astype(np.float32)) for mask in (region, ~region)])


def overlap(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Intersection over union, (items,), of maps (items, 8, 8), bool; 1 where both are empty."""
    both, either = (found & true).sum((1, 2)), (found | true).sum((1, 2))
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)
