"""How far a mean over images may be off: the percentile bootstrap, paired by image; and what seeds add to it."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from cmc.core.seeds import seed_for

RESAMPLES = 2000
SEED = 0
# 95 %
BOUNDS = (2.5, 97.5)


@lru_cache(maxsize=2)
def draw_counts(images: int, resamples: int = RESAMPLES, seed: int = SEED) -> np.ndarray:
    """(resamples, images): how often each image is in each resample of as many images, drawn with replacement.

    One table, which cannot be written to, serves all targets, modes and metrics: they are compared over the same
    images.
    """
    counts = np.random.default_rng(seed).multinomial(images, np.full(images, 1 / images), size=resamples).astype(float)
    counts.flags.writeable = False
    return counts


def draw_seed_counts(seeds: Sequence[int], resamples: int = RESAMPLES) -> np.ndarray:
    """(resamples, seeds): as `draw_counts`, of seeds.

    The same seeds are always drawn alike, so that results made with them are compared seed by seed; other seeds are
    drawn apart from them.
    """
    generator = np.random.default_rng(seed_for(SEED, " ".join(map(str, seeds))))
    count = len(seeds)
    return generator.multinomial(count, np.full(count, 1 / count), size=resamples).astype(float)


def resampled_means(counts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(resamples, columns) means of `values` (images, columns) under `counts`; NaN is an image without a score.

    NaN where a resample holds no scored image of a column.
    """
    scored = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return counts @ np.where(scored, values, 0.0) / (counts @ scored)


def interval(draws: np.ndarray) -> tuple[float, float]:
    """(low, high) bounds of 95 % of the resampled statistics `draws` (resamples,); NaN among them are left out."""
    low, high = np.nanpercentile(draws, BOUNDS)
    return float(low), float(high)
