"""Settings of natural scenes: ground under a sky, at a time of day."""

import numpy as np

from cmc.scenes.canvas import RGB, Canvas, hsv, noise

# Sky at the top and at the horizon, and how bright the ground is, by time of day.
_SKIES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float], float]] = {
    "on a sunny day": ((212, 0.36, 0.93), (205, 0.12, 0.97), 1.0),
    "on a cloudy day": ((210, 0.05, 0.66), (210, 0.03, 0.82), 0.8),
    "at dusk": ((262, 0.26, 0.55), (22, 0.34, 0.92), 0.7),
    "at night": ((228, 0.38, 0.16), (228, 0.30, 0.34), 0.42),
}


def _sky(canvas: Canvas, light: str, rng: np.random.Generator) -> tuple[float, float]:
    """Sky, sun or moon, clouds or stars; returns (height of the horizon, brightness of the ground)."""
    top, low, bright = _SKIES[light]
    horizon = rng.uniform(0.52, 0.66)
    canvas.box(0, 0, 1, 1, hsv(*low))  # shows between hills that dip under the horizon
    canvas.gradient(hsv(*top), hsv(*low), horizon)
    x, y = rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.2)
    if light == "at night":
        for star_x, star_y in rng.uniform(0, 1, (14, 2)):
            canvas.disc(star_x, star_y * horizon, 0.006, (226, 226, 220))
        canvas.disc(x, y, 0.055, (228, 226, 214))
    elif light == "at dusk":
        canvas.disc(x, horizon - 0.04, 0.09, hsv(36, 0.34, 1))
    elif light == "on a sunny day":
        canvas.disc(x, y, 0.065, hsv(50, 0.30, 1))
    for _ in range({"on a cloudy day": 6, "on a sunny day": 2}.get(light, 0)):
        _cloud(canvas, rng.uniform(0, 1), rng.uniform(0.05, horizon * 0.6), hsv(210, 0.03, rng.uniform(0.76, 0.98)))
    return horizon, bright


def _cloud(canvas: Canvas, x: float, y: float, colour: RGB) -> None:
    for shift, radius in ((-0.07, 0.04), (0, 0.055), (0.07, 0.042)):
        canvas.disc(x + shift, y, radius, colour, squeeze=0.7)


def _hills(canvas: Canvas, base: float, height: float, sharp: float, colour: RGB, rng: np.random.Generator) -> None:
    """A ridge line filled to the bottom; `sharp` in [0, 1] from rolling to jagged."""
    x = np.linspace(0, 1, 49)
    waves = sum(np.sin(2 * np.pi * (f * x + rng.uniform())) / f for f in (1, 2, 3))
    peaks = np.abs(((x * rng.uniform(2, 3.4) + rng.uniform()) % 1) - 0.5) * 4 - 1
    ridge = base - height * ((1 - sharp) * waves / 2 + sharp * peaks)
    canvas.polygon([(0, 1), *zip(x.tolist(), ridge.tolist(), strict=True), (1, 1)], colour)


def _ground(canvas: Canvas, top: float, colour: RGB, rough: float, rng: np.random.Generator) -> None:
    """Fill below `top`, with lumps of light and dark."""
    canvas.box(0, top, 1, 1, colour)
    pixels = canvas.pixels()
    start = round(top * canvas.side)
    field = noise(rng, canvas.side, 14)[start:, :, None] + 0.6 * noise(rng, canvas.side, 48)[start:, :, None]
    depth = np.linspace(1.08, 0.86, canvas.side - start)[:, None, None]
    pixels[start:] = pixels[start:] * depth * (1 + rough * field)
    canvas.put(pixels)


def _meadow(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(canvas, light, rng)
    _hills(canvas, horizon, 0.07, 0, hsv(118, 0.22, 0.62 * bright), rng)
    _ground(canvas, horizon + 0.06, hsv(rng.uniform(88, 108), 0.34, 0.66 * bright), 0.12, rng)


def _sea(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(canvas, light, rng)
    _ground(canvas, horizon, hsv(rng.uniform(200, 214), 0.32, 0.66 * bright), 0.05, rng)
    for _ in range(26):
        x, y, length = rng.uniform(0, 1), rng.uniform(horizon + 0.02, 1), rng.uniform(0.05, 0.14)
        canvas.line([(x, y), (x + length, y)], hsv(204, 0.14, 0.9 * bright), 0.008)


def _mountains(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(canvas, light, rng)
    _hills(canvas, horizon - 0.06, 0.2, 1, hsv(226, 0.14, 0.66 * bright), rng)
    _hills(canvas, horizon + 0.02, 0.12, 0.8, hsv(224, 0.16, 0.48 * bright), rng)
    _ground(canvas, horizon + 0.1, hsv(70, 0.12, 0.52 * bright), 0.14, rng)


def _desert(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(canvas, light, rng)
    _hills(canvas, horizon, 0.05, 0, hsv(36, 0.34, 0.86 * bright), rng)
    _ground(canvas, horizon + 0.06, hsv(rng.uniform(34, 42), 0.38, 0.92 * bright), 0.05, rng)
    _hills(canvas, 0.88, 0.04, 0, hsv(34, 0.38, 0.78 * bright), rng)


def _snow(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    horizon, bright = _sky(canvas, light, rng)
    _hills(canvas, horizon, 0.08, 0, hsv(215, 0.10, 0.80 * bright), rng)
    _ground(canvas, horizon + 0.06, hsv(210, 0.04, 0.98 * (0.4 + 0.6 * bright)), 0.03, rng)
    for x, y in rng.uniform(0, 1, (45, 2)):
        canvas.disc(x, y, rng.uniform(0.006, 0.011), (240, 242, 244))


LANDSCAPES = {
    "meadow": _meadow,
    "sea": _sea,
    "mountains": _mountains,
    "desert": _desert,
    "snow": _snow,
}
