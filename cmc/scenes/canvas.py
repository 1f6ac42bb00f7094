"""Drawing in units of the picture's side, at twice the size of the result so that edges come out smooth."""

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cmc.scenes.attributes import COLOURS

RGB = tuple[int, int, int]
RGBA = tuple[int, int, int, int]
Point = tuple[float, float]
OVERSAMPLE = 2


def hsv(hue: float, saturation: float, value: float) -> RGB:
    """8-bit RGB of a hue in degrees and a saturation and value in [0, 1] (clipped)."""
    clipped = (min(1.0, max(0.0, part)) for part in (saturation, value))
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, *clipped)
    return round(255 * red), round(255 * green), round(255 * blue)


def shade(colour: RGB, factor: float) -> RGB:
    """A colour made darker (factor under 1) or lighter (over 1, towards white), hue kept."""
    if factor <= 1:
        red, green, blue = (round(part * factor) for part in colour)
    else:
        red, green, blue = (round(part + (255 - part) * (factor - 1)) for part in colour)
    return red, green, blue


def object_colour(name: str, rng: np.random.Generator) -> RGB:
    """A colour of the vocabulary, a little off so that no two scenes are alike."""
    hue, saturation, value = COLOURS[name]
    return hsv(hue + rng.uniform(-4, 4), saturation + rng.uniform(-0.06, 0.06), value + rng.uniform(-0.06, 0.03))


class Canvas:
    """A picture or layer; coordinates are in [0, 1] from the top left, or of `frame` (centre x, y, half side)."""

    def __init__(self, side: int, mode: str = "RGB") -> None:
        self.side = side * OVERSAMPLE
        self.image = Image.new(mode, (self.side, self.side))
        self.draw = ImageDraw.Draw(self.image)
        self.frame: tuple[float, float, float] | None = None

    def _point(self, point: Point) -> Point:
        x, y = point
        if self.frame:
            centre_x, centre_y, half = self.frame
            x, y = centre_x + x * half, centre_y + y * half
        return x * self.side, y * self.side

    def polygon(self, points: list[Point], colour: RGB) -> None:
        """A filled polygon."""
        self.draw.polygon([self._point(point) for point in points], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: RGB, radius: float = 0.0) -> None:
        """A rectangle; `radius` of its corners in the same units."""
        corners = (*self._point((left, top)), *self._point((right, bottom)))
        unit = self.side * (self.frame[2] if self.frame else 1)
        self.draw.rounded_rectangle(corners, radius * unit, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: RGB | RGBA, squeeze: float = 1.0) -> None:
        """A disc, `squeeze` times as high as wide."""
        corners = (x - radius, y - radius * squeeze), (x + radius, y + radius * squeeze)
        self.draw.ellipse((*self._point(corners[0]), *self._point(corners[1])), fill=colour)

    def line(self, points: list[Point], colour: RGB, width: float) -> None:
        """`width` in the same units as the points."""
        unit = self.side * (self.frame[2] if self.frame else 1)
        self.draw.line([self._point(point) for point in points], colour, max(1, round(width * unit)), "curve")

    def word(self, text: str, x: float, y: float, height: float, colour: RGB) -> None:
        """A word centred at a point, letters about `height` high."""
        unit = self.side * (self.frame[2] if self.frame else 1)
        font = ImageFont.load_default(max(8, height * unit))
        self.draw.text(self._point((x, y)), text, colour, font, anchor="mm")

    def pixels(self) -> np.ndarray:
        """Float (side, side, channels) in [0, 255], to be worked on and put back with `put`."""
        return np.asarray(self.image).astype(np.float32)

    def put(self, pixels: np.ndarray) -> None:
        """Replace the picture by (side, side, channels) in [0, 255], rounded and clipped."""
        self.image = Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))
        self.draw = ImageDraw.Draw(self.image)

    def gradient(self, top: RGB, bottom: RGB, end: float = 1.0) -> None:
        """Fill from the top down to `end` of the height."""
        rows = np.linspace(0, 1, max(1, round(end * self.side)), dtype=np.float32)[:, None, None]
        pixels = self.pixels()
        pixels[: len(rows)] = np.array(top, np.float32) * (1 - rows) + np.array(bottom, np.float32) * rows
        self.put(pixels)

    def finished(self) -> Image.Image:
        """The picture at its own size."""
        side = self.side // OVERSAMPLE
        return self.image.resize((side, side), Image.Resampling.BOX)


def noise(rng: np.random.Generator, side: int, cells: int) -> np.ndarray:
    """Smooth random field (side, side) in [-1, 1], about `cells` lumps across."""
    coarse = Image.fromarray(rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))
