"""Settings of generated content: two muted tones in a pattern."""

import numpy as np

from cmc.scenes.canvas import RGB, Canvas, hsv, noise


def _tones(rng: np.random.Generator) -> tuple[RGB, RGB]:
    hue, value = rng.uniform(0, 360), rng.uniform(0.35, 0.95)
    other = value - 0.22 if value > 0.6 else value + 0.22
    return hsv(hue, rng.uniform(0.03, 0.26), value), hsv(hue + rng.uniform(-50, 50), rng.uniform(0.03, 0.26), other)


def _mixed(canvas: Canvas, share: np.ndarray, rng: np.random.Generator) -> None:
    """Two muted tones, mixed by `share` (side, side) in [0, 1]."""
    first, second = (np.array(tone, np.float32) for tone in _tones(rng))
    mixed = share[:, :, None]
    canvas.put(first * mixed + second * (1 - mixed))


def _axes(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """x and y of every pixel, (side, side) each, in (0, 1)."""
    axis = (np.arange(canvas.side, dtype=np.float32) + 0.5) / canvas.side
    return np.broadcast_to(axis, (canvas.side, canvas.side)), np.broadcast_to(axis[:, None], (canvas.side, canvas.side))


def _stripes(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _axes(canvas)
    angle = rng.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    _mixed(canvas, (np.sin(2 * np.pi * rng.uniform(5, 9) * along) > 0).astype(np.float32), rng)


def _dots(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _axes(canvas)
    count = rng.uniform(6, 9)
    shift = np.floor(y * count) % 2 / 2
    away = ((x * count + shift) % 1 - 0.5) ** 2 + ((y * count) % 1 - 0.5) ** 2
    _mixed(canvas, (away < 0.1).astype(np.float32), rng)


def _waves(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _axes(canvas)
    bent = y + 0.05 * np.sin(2 * np.pi * (rng.uniform(1.5, 3) * x + rng.uniform()))
    _mixed(canvas, 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(4, 7) * bent), rng)


def _checkerboard(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    x, y = _axes(canvas)
    count, start = rng.uniform(5, 9), rng.uniform(0, 1, 2)
    _mixed(canvas, (np.floor(x * count + start[0]) + np.floor(y * count + start[1])) % 2, rng)


def _clouds(canvas: Canvas, light: str, rng: np.random.Generator) -> None:
    field = noise(rng, canvas.side, 3) + 0.5 * noise(rng, canvas.side, 8) + 0.25 * noise(rng, canvas.side, 20)
    _mixed(canvas, np.clip(0.5 + 0.6 * field, 0, 1), rng)


PATTERNS = {
    "stripes": _stripes,
    "dots": _dots,
    "waves": _waves,
    "checkerboard": _checkerboard,
    "clouds": _clouds,
}
