"""Settings of screen content: what stands on a screen around a window, in a light or dark theme."""

import numpy as np

from cmc.scenes.canvas import RGB, Canvas, hsv, shade


def _theme(light: str) -> tuple[RGB, RGB, RGB]:
    """Ground, a shade beside it, and ink of a screen."""
    if light == "in a dark theme":
        return (38, 40, 46), (64, 66, 74), (150, 152, 160)
    return (238, 239, 241), (208, 210, 215), (112, 114, 122)


def _desktop(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    hue = rng.uniform(200, 240)
    value = 0.42 if light == "in a dark theme" else 0.88
    canvas.gradient(hsv(hue, 0.28, value), hsv(hue + 30, 0.2, value * 0.8))
    for y in np.arange(0.06, 0.7, 0.17):
        canvas.box(0.04, y, 0.12, y + 0.08, beside, 0.015)
        canvas.box(0.035, y + 0.1, 0.125, y + 0.115, ink)
    canvas.box(0, 0.93, 1, 1, ground)
    for x in rng.permutation(np.arange(0.04, 0.6, 0.09))[:4]:
        canvas.box(x, 0.945, x + 0.05, 0.985, ink)


def _terminal(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, _, ink = _theme(light)
    canvas.box(0, 0, 1, 1, shade(ground, 0.8))
    for y in np.arange(0.04, 0.97, 0.055):
        canvas.box(0.03, y, 0.05, y + 0.028, ink)
        x = 0.08
        for length in rng.uniform(0.04, 0.16, rng.integers(1, 7)):
            canvas.box(x, y, x + length, y + 0.028, ink)
            x += length + 0.025


def _page(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    canvas.box(0, 0, 1, 1, ground)
    canvas.box(0, 0, 1, 0.13, beside)
    canvas.box(0.04, 0.035, 0.6, 0.095, ground, 0.03)
    canvas.box(0.05, 0.2, rng.uniform(0.4, 0.8), 0.25, ink)
    for y in np.arange(0.31, 0.95, 0.05):
        canvas.box(0.05, y, rng.uniform(0.6, 0.95), y + 0.018, ink)


def _spreadsheet(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    canvas.box(0, 0, 1, 1, ground)
    columns, rows = np.arange(0.1, 1, rng.uniform(0.16, 0.2)), np.arange(0.08, 1, 0.085)
    canvas.box(0, 0, 1, 0.08, beside)
    canvas.box(0, 0, 0.1, 1, beside)
    for x in columns:
        canvas.line([(x, 0), (x, 1)], shade(ink, 1.2), 0.006)
    for y in rows:
        canvas.line([(0, y), (1, y)], shade(ink, 1.2), 0.006)
    for x in columns:
        for y in rows[rng.uniform(size=len(rows)) < 0.45]:
            canvas.box(x + 0.02, y + 0.03, x + rng.uniform(0.06, 0.12), y + 0.055, ink)


def _game(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    canvas.box(0, 0, 1, 1, shade(beside, 0.8))
    cell = 0.125
    for column, row in np.argwhere(rng.uniform(size=(8, 8)) < 0.4):
        x, y = column * cell, row * cell
        canvas.box(x, y, x + cell, y + cell, shade(ink, rng.uniform(0.6, 1.2)))
        canvas.box(x + 0.015, y + 0.015, x + cell - 0.015, y + cell - 0.015, shade(ground, 0.85))


SCREENS = {
    "desktop": _desktop,
    "terminal": _terminal,
    "page": _page,
    "spreadsheet": _spreadsheet,
    "game": _game,
}
