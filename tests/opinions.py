"""A table of opinions that a network can learn: photographs with noise, the more of it the worse."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import photo

SIGMAS = (0, 12, 30, 70)
SOURCES = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "page.png")
REFERENCES = 10


def save_opinions(folder: Path) -> Path:
    """The table of ten crops with four degrees of noise each, from opinion 1 down to 0, beside its pictures."""
    rng = np.random.default_rng(0)
    rows = ["image,reference,mos"]
    for number in range(REFERENCES):
        whole = photo(SOURCES[number % len(SOURCES)])
        x, y = rng.integers(0, whole.width - 96), rng.integers(0, whole.height - 96)
        crop = np.asarray(whole.crop((x, y, x + 96, y + 96)).resize((48, 48)), float)
        for level, sigma in enumerate(SIGMAS):
            noisy = np.clip(crop + rng.normal(0, sigma, crop.shape), 0, 255).astype(np.uint8)
            Image.fromarray(noisy).save(folder / f"{number}-{level}.png")
            rows.append(f"{number}-{level}.png,{number}-0.png,{1 - level / 3:.3f}")
    (folder / "mos.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "mos.csv"
