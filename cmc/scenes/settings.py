"""The settings that an object is put into: muted colours throughout, so that the object's own stands out."""

from collections.abc import Callable

import numpy as np

from cmc.scenes.canvas import RGB, Canvas, hsv, noise, shade

Paint = Callable[[Canvas, str, np.random.Generator], None]
# Sky at the top and at the horizon, and how bright the ground is, by time of day.
_SKIES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float], float]] = {
    "on a sunny day": ((212, 0.36, 0.93), (205, 0.12, 0.97), 1.0),
    "on a cloudy day": ((210, 0.05, 0.66), (210, 0.03, 0.82), 0.8),
    "at dusk": ((262, 0.26, 0.55), (22, 0.34, 0.92), 0.7),
    "at night": ((228, 0.38, 0.16), (228, 0.30, 0.34), 0.42),
}


def _sky(on: Canvas, light: str, rng: np.random.Generator) -> tuple[float, float]:
    """Sky, sun or moon, clouds or stars; returns (height of the horizon, brightness of the ground)."""
    top, low, bright = _SKIES[light]
    horizon = rng.uniform(0.52, 0.66)
    on.box(0, 0, 1, 1, hsv(*low))  # shows between hills that dip under the horizon
    on.gradient(hsv(*top), hsv(*low), horizon)
    x, y = rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.2)
    if light == "at night":
        for star_x, star_y in rng.uniform(0, 1, (14, 2)):
            on.disc(star_x, star_y * horizon, 0.006, (226, 226, 220))
        on.disc(x, y, 0.055, (228, 226, 214))
    elif light == "at dusk":
        on.disc(x, horizon - 0.04, 0.09, hsv(36, 0.34, 1))
    elif light == "on a sunny day":
        on.disc(x, y, 0.065, hsv(50, 0.30, 1))
    for _ in range({"on a cloudy day": 6, "on a sunny day": 2}.get(light, 0)):
        _cloud(on, rng.uniform(0, 1), rng.uniform(0.05, horizon * 0.6), hsv(210, 0.03, rng.uniform(0.76, 0.98)))
    return horizon, bright


def _cloud(on: Canvas, x: float, y: float, colour: RGB) -> None:
    for shift, radius in ((-0.07, 0.04), (0, 0.055), (0.07, 0.042)):
        on.disc(x + shift, y, radius, colour, squeeze=0.7)


def _hills(on: Canvas, base: float, height: float, sharp: float, colour: RGB, rng: np.random.Generator) -> None:
    """A ridge line filled to the bottom; `sharp` in [0, 1] from rolling to jagged."""
    x = np.linspace(0, 1, 49)
    waves = sum(np.sin(2 * np.pi * (f * x + rng.uniform())) / f for f in (1, 2, 3))
    peaks = np.abs(((x * rng.uniform(2, 3.4) + rng.uniform()) % 1) - 0.5) * 4 - 1
    ridge = base - height * ((1 - sharp) * waves / 2 + sharp * peaks)
    on.polygon([(0, 1), *zip(x.tolist(), ridge.tolist(), strict=True), (1, 1)], colour)


def _ground(on: Canvas, top: float, colour: RGB, rough: float, rng: np.random.Generator) -> None:
    """Fill below `top`, with lumps of light and dark."""
    on.box(0, top, 1, 1, colour)
    pixels = on.pixels()
    start = round(top * on.side)
    field = noise(rng, on.side, 14)[start:, :, None] + 0.6 * noise(rng, on.side, 48)[start:, :, None]
    depth = np.linspace(1.08, 0.86, on.side - start)[:, None, None]
    pixels[start:] = pixels[start:] * depth * (1 + rough * field)
    on.put(pixels)


def _meadow(on: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(on, light, rng)
    _hills(on, horizon, 0.07, 0, hsv(118, 0.22, 0.62 * bright), rng)
    _ground(on, horizon + 0.06, hsv(rng.uniform(88, 108), 0.34, 0.66 * bright), 0.12, rng)


def _sea(on: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(on, light, rng)
    _ground(on, horizon, hsv(rng.uniform(200, 214), 0.32, 0.66 * bright), 0.05, rng)
    for _ in range(26):
        x, y, length = rng.uniform(0, 1), rng.uniform(horizon + 0.02, 1), rng.uniform(0.05, 0.14)
        on.line([(x, y), (x + length, y)], hsv(204, 0.14, 0.9 * bright), 0.008)


def _mountains(on: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(on, light, rng)
    _hills(on, horizon - 0.06, 0.2, 1, hsv(226, 0.14, 0.66 * bright), rng)
    _hills(on, horizon + 0.02, 0.12, 0.8, hsv(224, 0.16, 0.48 * bright), rng)
    _ground(on, horizon + 0.1, hsv(70, 0.12, 0.52 * bright), 0.14, rng)


def _desert(on: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(on, light, rng)
    _hills(on, horizon, 0.05, 0, hsv(36, 0.34, 0.86 * bright), rng)
    _ground(on, horizon + 0.06, hsv(rng.uniform(34, 42), 0.38, 0.92 * bright), 0.05, rng)
    _hills(on, 0.88, 0.04, 0, hsv(34, 0.38, 0.78 * bright), rng)


def _snow(on: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(on, light, rng)
    _hills(on, horizon, 0.08, 0, hsv(215, 0.10, 0.80 * bright), rng)
    _ground(on, horizon + 0.06, hsv(210, 0.04, 0.98 * (0.4 + 0.6 * bright)), 0.03, rng)
    for x, y in rng.uniform(0, 1, (45, 2)):
        on.disc(x, y, rng.uniform(0.006, 0.011), (240, 242, 244))


def _theme(light: str) -> tuple[RGB, RGB, RGB]:
    """Ground, a shade beside it, and ink of a screen."""
    if light == "in a dark theme":
        return (38, 40, 46), (64, 66, 74), (150, 152, 160)
    return (238, 239, 241), (208, 210, 215), (112, 114, 122)


def _desktop(on: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    hue = rng.uniform(200, 240)
    value = 0.42 if light == "in a dark theme" else 0.88
    on.gradient(hsv(hue, 0.28, value), hsv(hue + 30, 0.2, value * 0.8))
    for y in np.arange(0.06, 0.7, 0.17):
        on.box(0.04, y, 0.12, y + 0.08, beside, 0.015)
        on.box(0.035, y + 0.1, 0.125, y + 0.115, ink)
    on.box(0, 0.93, 1, 1, ground)
    for x in rng.permutation(np.arange(0.04, 0.6, 0.09))[:4]:
        on.box(x, 0.945, x + 0.05, 0.985, ink)


def _terminal(on: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, _, ink = _theme(light)
    on.box(0, 0, 1, 1, shade(ground, 0.8))
    for y in np.arange(0.04, 0.97, 0.055):
        on.box(0.03, y, 0.05, y + 0.028, ink)
        x = 0.08
        for length in rng.uniform(0.04, 0.16, rng.integers(1, 7)):
            on.box(x, y, x + length, y + 0.028, ink)
            x += length + 0.025


def _page(on: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    on.box(0, 0, 1, 1, ground)
    on.box(0, 0, 1, 0.13, beside)
    on.box(0.04, 0.035, 0.6, 0.095, ground, 0.03)
    on.box(0.05, 0.2, rng.uniform(0.4, 0.8), 0.25, ink)
    for y in np.arange(0.31, 0.95, 0.05):
        on.box(0.05, y, rng.uniform(0.6, 0.95), y + 0.018, ink)


def _spreadsheet(on: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    on.box(0, 0, 1, 1, ground)
    columns, rows = np.arange(0.1, 1, rng.uniform(0.16, 0.2)), np.arange(0.08, 1, 0.085)
    on.box(0, 0, 1, 0.08, beside)
    on.box(0, 0, 0.1, 1, beside)
    for x in columns:
        on.line([(x, 0), (x, 1)], shade(ink, 1.2), 0.006)
    for y in rows:
        on.line([(0, y), (1, y)], shade(ink, 1.2), 0.006)
    for x in columns:
        for y in rows[rng.uniform(size=len(rows)) < 0.45]:
            on.box(x + 0.02, y + 0.03, x + rng.uniform(0.06, 0.12), y + 0.055, ink)


def _game(on: Canvas, light: str, rng: np.random.Generator) -> None:
    ground, beside, ink = _theme(light)
    on.box(0, 0, 1, 1, shade(beside, 0.8))
    cell = 0.125
    for column, row in np.argwhere(rng.uniform(size=(8, 8)) < 0.4):
        x, y = column * cell, row * cell
        on.box(x, y, x + cell, y + cell, shade(ink, rng.uniform(0.6, 1.2)))
        on.box(x + 0.015, y + 0.015, x + cell - 0.015, y + cell - 0.015, shade(ground, 0.85))


def _tones(rng: np.random.Generator) -> tuple[RGB, RGB]:
    hue, value = rng.uniform(0, 360), rng.uniform(0.35, 0.95)
    other = value - 0.22 if value > 0.6 else value + 0.22
    return hsv(hue, rng.uniform(0.03, 0.26), value), hsv(hue + rng.uniform(-50, 50), rng.uniform(0.03, 0.26), other)


def _mixed(on: Canvas, share: np.ndarray, rng: np.random.Generator) -> None:
    """Two muted tones, mixed by `share` (side, side) in [0, 1]."""
    first, second = (np.array(tone, np.float32) for tone in _tones(rng))
    mixed = share[:, :, None]
    on.put(first * mixed + second * (1 - mixed))


def _plane(on: Canvas) -> tuple[np.ndarray, np.ndarray]:
    axis = (np.arange(on.side, dtype=np.float32) + 0.5) / on.side
    return np.broadcast_to(axis, (on.side, on.side)), np.broadcast_to(axis[:, None], (on.side, on.side))


def _stripes(on: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _plane(on)
    angle = rng.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    _mixed(on, (np.sin(2 * np.pi * rng.uniform(5, 9) * along) > 0).astype(np.float32), rng)


def _dots(on: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _plane(on)
    count = rng.uniform(6, 9)
    shift = np.floor(y * count) % 2 / 2
    away = ((x * count + shift) % 1 - 0.5) ** 2 + ((y * count) % 1 - 0.5) ** 2
    _mixed(on, (away < 0.1).astype(np.float32), rng)


def _waves(on: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _plane(on)
    bent = y + 0.05 * np.sin(2 * np.pi * (rng.uniform(1.5, 3) * x + rng.uniform()))
    _mixed(on, 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(4, 7) * bent), rng)


def _checkerboard(on: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _plane(on)
    count, start = rng.uniform(5, 9), rng.uniform(0, 1, 2)
    _mixed(on, (np.floor(x * count + start[0]) + np.floor(y * count + start[1])) % 2, rng)


def _clouds(on: Canvas, light: str, rng: np.random.Generator) -> None:
    field = noise(rng, on.side, 3) + 0.5 * noise(rng, on.side, 8) + 0.25 * noise(rng, on.side, 20)
    _mixed(on, np.clip(0.5 + 0.6 * field, 0, 1), rng)


SETTINGS: dict[str, Paint] = {
    "meadow": _meadow,
    "sea": _sea,
    "mountains": _mountains,
    "desert": _desert,
    "snow": _snow,
    "desktop": _desktop,
    "terminal": _terminal,
    "page": _page,
    "spreadsheet": _spreadsheet,
    "game": _game,
    "stripes": _stripes,
    "dots": _dots,
    "waves": _waves,
    "checkerboard": _checkerboard,
    "clouds": _clouds,
}
