"""Which of the scenes' colours a picture's main object has, found without knowing where the object is."""

import numpy as np
from PIL import Image

from cmc.scenes.attributes import COLOURS


def dominant_colour(image: Image.Image, region: np.ndarray | None = None) -> str:
    """The colour of COLOURS nearest in hue to most of the 4 % most saturated pixels (weighed by saturation x value).

    `region`: bool (height, width), where to look; None: everywhere.
    """
    hue, saturation, value = (np.asarray(part, np.float64) for part in image.convert("HSV").split())
    weight = saturation * value / 255**2
    if region is not None:
        weight = np.where(region, weight, 0)
    chosen = weight >= np.quantile(weight, 0.96)
    names = list(COLOURS)
    hues = np.array([COLOURS[name][0] for name in names]) / 360
    distances = np.abs((hue[chosen][:, None] / 255 - hues + 0.5) % 1 - 0.5)
    votes = np.bincount(distances.argmin(1), weights=weight[chosen], minlength=len(names))
    return names[int(votes.argmax())]
