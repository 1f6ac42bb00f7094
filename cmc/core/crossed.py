"""Scores of every image with every seed: what of their variance is the images', what the seeds', and what a mean over
both may be off by.

The model is the two-way crossed one with random effects and without replication (Searle, Casella and McCulloch,
Variance Components, 1992, section 4.4):

    score of image i with seed s = mean + a_i + b_s + e_is

a_i is how hard the image is, b_s what the seed does to all images alike, e_is what it does to this one. A picture made
again with the same seed is the same picture, so nothing but the seed is in e_is. The mean over N images and S seeds has
the variance var(a)/N + var(b)/S + var(e)/(N S).
"""

from dataclasses import dataclass

import numpy as np

# Half of a 95 % interval, in standard deviations of a normal distribution.
Z = 1.959963984540054


@dataclass(frozen=True)
class Components:
    """Variances of one score: of `image`, `seed` and the `residual` of both, estimated from `images` x `seeds` scores.

    Analysis of variance estimates them without bias; one below 0 is taken for 0.
    """

    images: int
    seeds: int
    image: float
    seed: float
    residual: float

    @property
    def shares(self) -> tuple[float, float, float]:
        """What part of a score's variance is the image's, the seed's and the residual's; NaN where nothing varies."""
        parts = self.image, self.seed, self.residual
        total = sum(parts)
        return tuple(part / total if total else np.nan for part in parts)  # type: ignore[return-value]

    @property
    def from_seed(self) -> float:
        """What part of the mean's variance would be gone with seeds without end: var(b)/S + var(e)/(N S) of it all."""
        with_seed = self.seed / self.seeds + self.residual / (self.images * self.seeds)
        total = self.image / self.images + with_seed
        return with_seed / total if total else np.nan


@dataclass(frozen=True)
class _MeanSquares:
    """Expected are S var(a) + var(e) of the images, N var(b) + var(e) of the seeds, var(e) of the residual."""

    image: float
    seed: float
    residual: float


def complete(table: np.ndarray) -> np.ndarray:
    """The rows of `table` (images, seeds) that have every score."""
    return table[np.isfinite(table).all(axis=1)]


def components(table: np.ndarray) -> Components | None:
    """The variance components of `table` (images, seeds), over the images that have every score; None of fewer than
    two images or two seeds."""
    table = complete(table)
    images, seeds = table.shape
    if images < 2 or seeds < 2:
        return None
    squares = _mean_squares(table)
    image = max(squares.image - squares.residual, 0.0) / seeds
    seed = max(squares.seed - squares.residual, 0.0) / images
    return Components(images, seeds, image, seed, squares.residual)


def _mean_squares(table: np.ndarray) -> _MeanSquares:
    images, seeds = table.shape
    by_image, by_seed = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    residuals = table - by_image - by_seed + table.mean()
    return _MeanSquares(
        seeds * float(by_image.var(ddof=1)),
        images * float(by_seed.var(ddof=1)),
        float((residuals**2).sum()) / ((images - 1) * (seeds - 1)),
    )


def seed_deviations(table: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(resamples,) what resampled seeds add to resampled images, to make a two-level bootstrap of the mean of `table`
    (images, seeds); `counts`: (resamples, seeds), as `draw_seed_counts` makes them.

    Rows and columns of a crossed table are resampled independently (Owen, The pigeonhole bootstrap, Annals of Applied
    Statistics 1(2), 2007). Multiplying both counts would count the residual's variance three times over; so images are
    resampled in the mean over seeds, which holds the image's and the residual's variance once, and the deviations of
    resampled seeds are added. Three corrections of these, by the mean squares MS:

    - S seeds resampled have (S - 1) / S of the variance: times S / (S - 1);
    - means of seeds scatter by the residual too, which the images' resamples hold: times (MS seed - MS residual) / MS
      seed, 0 where that is negative;
    - few seeds are a bad estimate of their own scatter: times Student's t of S - 1 degrees of freedom over the normal
      quantile, squared.

    All 0 for one seed, or fewer than two images.
    """
    table = complete(table)
    images, seeds = table.shape
    if images < 2 or seeds < 2:
        return np.zeros(len(counts))
    squares = _mean_squares(table)
    if squares.seed <= squares.residual:
        return np.zeros(len(counts))
    excess = (squares.seed - squares.residual) / squares.seed
    stretch = np.sqrt(seeds / (seeds - 1) * excess) * t_quantile(seeds) / Z
    return stretch * ((counts / seeds - 1 / seeds) @ table.mean(axis=0))


def t_quantile(seeds: int) -> float:
    """Half of a 95 % interval of a mean over so many seeds, in its estimated standard deviations: Student's t."""
    from scipy.stats import t

    return float(t.ppf(0.975, seeds - 1))
