"""The main objects, each drawn in its colour within [-1, 1] x [-1, 1] of a canvas's frame, standing on y = 1."""

import math
from collections.abc import Callable

import numpy as np

from cmc.scenes.canvas import RGB, RGBA, Canvas, Point, shade

DrawObject = Callable[[Canvas, RGB, np.random.Generator], None]
WHITE: RGB = (244, 242, 238)
DARK: RGB = (52, 50, 54)
TRANSPARENT: RGBA = (0, 0, 0, 0)
LABELS = ("PLAY", "SAVE", "OPEN", "STOP", "HELLO", "GO")


def _house(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-0.8, -0.15, 0.8, 1, colour)
    canvas.polygon([(-1, -0.1), (rng.uniform(-0.2, 0.2), -1), (1, -0.1)], shade(colour, 0.72))
    canvas.box(-0.15, 0.4, 0.2, 1, DARK)
    for x in (-0.6, 0.4):
        canvas.box(x, 0.1, x + 0.25, 0.4, WHITE)


def _tree(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-0.13, 0.3, 0.13, 1, (104, 86, 72))
    for x, y, radius in ((-0.4, -0.05, 0.45), (0.4, -0.05, 0.45), (0, -0.45, 0.52)):
        canvas.disc(x, y, radius * rng.uniform(0.9, 1.08), shade(colour, rng.uniform(0.82, 1)))
    canvas.disc(0, 0, 0.5, colour)


def _boat(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.polygon([(-1, 0.5), (1, 0.5), (0.65, 1), (-0.65, 1)], colour)
    canvas.line([(0, 0.5), (0, -1)], DARK, 0.08)
    canvas.polygon([(0.08, -0.95), (0.08, 0.35), (rng.uniform(0.7, 0.95), 0.35)], shade(colour, 1.15))
    canvas.polygon([(-0.08, -0.7), (-0.08, 0.35), (-0.6, 0.35)], WHITE)


def _balloon(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.disc(0, -0.3, 0.7, colour)
    canvas.disc(0, -0.3, rng.uniform(0.25, 0.38), shade(colour, 0.8), squeeze=0.7 / 0.34)
    canvas.polygon([(-0.5, 0.15), (0.5, 0.15), (0.18, 0.6), (-0.18, 0.6)], shade(colour, 0.9))
    canvas.box(-0.2, 0.7, 0.2, 1, (120, 98, 80))


def _tent(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    peak = rng.uniform(-0.25, 0.1)
    canvas.polygon([(-1, 1), (peak, -0.5), (1, 1)], colour)
    canvas.polygon([(1, 1), (peak, -0.5), (0.35, 1)], shade(colour, 0.75))
    canvas.polygon([(-0.5, 1), (peak, 0), (0.1, 1)], DARK)


def _car(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.polygon([(-0.6, 0.3), (-0.35, -0.25), (rng.uniform(0.3, 0.45), -0.25), (0.65, 0.3)], shade(colour, 0.85))
    canvas.box(-1, 0.2, 1, 0.8, colour, 0.15)
    canvas.polygon([(-0.42, 0.2), (-0.28, -0.13), (-0.02, -0.13), (-0.02, 0.2)], WHITE)
    canvas.polygon([(0.08, 0.2), (0.08, -0.13), (0.3, -0.13), (0.48, 0.2)], WHITE)
    for x in (-0.55, 0.55):
        canvas.disc(x, 0.78, 0.24, DARK)


def _window(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-1, -0.8, 1, 1, shade(colour, 0.7), 0.06)
    canvas.box(-0.95, -0.75, 0.95, -0.3, colour)
    canvas.box(-0.95, -0.3, 0.95, 0.95, WHITE)
    for x in (0.4, 0.6, 0.8):
        canvas.disc(x, -0.52, 0.07, WHITE)
    for y in np.arange(-0.1, 0.4, 0.2):
        canvas.box(-0.8, y, rng.uniform(0, 0.8), y + 0.09, (150, 150, 152))
    canvas.box(0.2, 0.55, 0.8, 0.82, colour, 0.06)


def _chart(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-1, -1, 1, 1, WHITE)
    for x in (-0.75, -0.35, 0.05, 0.45):
        canvas.box(x, 0.8 - rng.uniform(0.5, 1.65), x + 0.32, 0.8, colour)
    canvas.line([(-0.85, -0.85), (-0.85, 0.82), (0.9, 0.82)], DARK, 0.06)


def _button(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-1, -0.35, 1, 0.62, shade(colour, 0.65), 0.3)
    canvas.box(-1, -0.45, 1, 0.5, colour, 0.3)
    canvas.word(str(rng.choice(LABELS)), 0, 0.03, 0.5, WHITE)


def _folder(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-1, -0.75, rng.uniform(-0.2, 0), 0, shade(colour, 0.75), 0.12)
    canvas.box(-1, -0.5, 1, 0.85, shade(colour, 0.75), 0.08)
    canvas.box(-0.8, -0.4, 0.85, 0.2, WHITE)
    canvas.box(-1, -0.2, 1, 0.9, colour, 0.08)


def _message(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-1, -0.85, 1, 0.5, colour, 0.4)
    canvas.polygon([(-0.6, 0.4), (-0.1, 0.4), (-0.75, 1)], colour)
    for y in (-0.5, -0.2, 0.1):
        canvas.box(-0.7, y, rng.uniform(0.2, 0.7), y + 0.13, WHITE)


def _tile(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.box(-0.9, -0.9, 0.9, 0.9, shade(colour, 0.6))
    canvas.polygon([(-0.9, -0.9), (0.9, -0.9), (0.65, -0.65), (-0.65, 0.65), (-0.9, 0.9)], shade(colour, 1.25))
    canvas.box(-0.65, -0.65, 0.65, 0.65, colour)
    canvas.word(str(rng.integers(1, 10)), 0, 0, 0.9, WHITE)


def _around(corners: int, radii: tuple[float, ...], turn: float) -> list[Point]:
    angles = [2 * math.pi * k / corners + turn for k in range(corners)]
    lengths = [radii[k % len(radii)] for k in range(corners)]
    return [(r * math.sin(a), -r * math.cos(a)) for a, r in zip(angles, lengths, strict=True)]


def _circle(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.disc(0, 0, 0.92, colour)


def _square(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.polygon(_around(4, (1.15,), math.pi / 4 + rng.uniform(-0.2, 0.2)), colour)


def _triangle(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.polygon(_around(3, (1.1,), rng.uniform(-0.25, 0.25)), colour)


def _star(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.polygon(_around(10, (1.1, 0.48), rng.uniform(-0.3, 0.3)), colour)


def _ring(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    canvas.disc(0, 0, 0.95, colour)
    canvas.disc(0, 0, rng.uniform(0.42, 0.52), TRANSPARENT)


def _cross(canvas: Canvas, colour: RGB, rng: np.random.Generator) -> None:
    turn = rng.uniform(-0.2, 0.2)
    for quarter in (0.0, math.pi / 2):
        side = [(-0.3, -1), (0.3, -1), (0.3, 1), (-0.3, 1)]
        cos, sin = math.cos(turn + quarter), math.sin(turn + quarter)
        canvas.polygon([(x * cos - y * sin, x * sin + y * cos) for x, y in side], colour)


OBJECTS: dict[str, DrawObject] = {
    "house": _house,
    "tree": _tree,
    "boat": _boat,
    "balloon": _balloon,
    "tent": _tent,
    "car": _car,
    "window": _window,
    "chart": _chart,
    "button": _button,
    "folder": _folder,
    "message": _message,
    "tile": _tile,
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": _ring,
    "cross": _cross,
}
