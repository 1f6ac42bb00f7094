"""The settings that an object is put into: muted colours throughout, so that the object's own stands out."""

from collections.abc import Callable, Mapping

import numpy as np

from cmc.scenes.canvas import Canvas
from cmc.scenes.landscapes import LANDSCAPES
from cmc.scenes.patterns import PATTERNS
from cmc.scenes.screens import SCREENS

# Fills a canvas, in a light or theme of the content type (`Kind.lights`).
DrawSetting = Callable[[Canvas, str, np.random.Generator], None]
SETTINGS: Mapping[str, DrawSetting] = LANDSCAPES | SCREENS | PATTERNS
