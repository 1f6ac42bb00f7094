"""Two rows against each other: how far they are apart, how sure that is, and what it rests on."""

import math
from dataclasses import dataclass

import numpy as np

from cmc.core.bootstrap import draw_seed_counts, interval
from cmc.core.crossed import components, seed_deviations
from cmc.core.sample_size import SeedVariance, Spread
from cmc.leaderboard.rows import Row, Statistic

# Scores are equal to so many: the order of a sum's terms is no difference.
DECIMALS = 9


@dataclass(frozen=True)
class Difference:
    """A statistic of one row less that of another, over the images and seeds that both share.

    `draws`: its resamples, the same images, and where both have the same seeds the same seeds, of both; `spread`: its
    variances, None over fewer than two images; `seeds_known`: whether every row of a user's is over several seeds.
    """

    value: float
    draws: np.ndarray
    spread: Spread | None
    seeds_known: bool

    @property
    def bounds(self) -> tuple[float, float]:
        """95 % of the resamples."""
        return interval(self.draws)

    @property
    def flip(self) -> float:
        """The share of resamples in which its sign is another: an estimate of the chance that the two rows would change
        rank over other images and seeds of the same kind."""
        draws = self.draws[np.isfinite(self.draws)].round(DECIMALS)
        return float(np.mean(np.sign(draws) != np.sign(self.rounded)))

    def images_needed(self, power: float = 0.0) -> int | None:
        """The images that tell the rows apart at the seeds that are there, as `Spread.images_needed`; None, too, where
        nothing is known of their variance."""
        return self.spread.images_needed(self.rounded, power) if self.spread else None

    def seeds_needed(self, power: float = 0.0) -> int | None:
        """The seeds of each row that tell them apart over the images that are there, as `Spread.seeds_needed`; None,
        too, where not `seeds_known`."""
        return self.spread.seeds_needed(self.rounded, power) if self.spread and self.seeds_known else None

    @property
    def share_of_seed(self) -> float | None:
        """The part of its variance that comes from the seed; None where not `seeds_known`, or where nothing varies."""
        share = self.spread.share_of_seed() if self.spread and self.seeds_known else math.nan
        return None if math.isnan(share) else share

    @property
    def rounded(self) -> float:
        """The value, 0 for equal scores."""
        return round(self.value, DECIMALS)


def difference(first: Row, second: Row, statistic: Statistic) -> Difference | None:
    """`first` less `second`; None for two published rows, which have no scores by image."""
    own = [row for row in (first, second) if row.draws]
    if not own:
        return None
    value = statistic(first.cells) - statistic(second.cells)
    by_images = first.image_resampled(statistic) - second.image_resampled(statistic)
    if len(own) == 2 and first.seeds and first.seeds == second.seeds:
        table = statistic(first.tables) - statistic(second.tables)
        by_seeds = seed_deviations(table, draw_seed_counts(first.seeds))
        return Difference(value, by_images + by_seeds, _crossed_spread(table), True)
    draws = by_images + first.seed_draws(statistic) - second.seed_draws(statistic)
    seeds_known = all(row.seeds for row in own)
    return Difference(value, draws, _spread(first, second, statistic), seeds_known)


def _crossed_spread(table: np.ndarray) -> Spread | None:
    found = components(table)
    if found is None:
        return None
    return Spread(found.images, found.image, (SeedVariance(found.seeds, found.seed, found.residual),))


def _spread(first: Row, second: Row, statistic: Statistic) -> Spread | None:
    """Of rows whose seeds, if any, are drawn apart: each row's seeds are a source of their own, and what they leave in
    the means over seeds is taken out of the images' variance."""
    by_image = _means(first, statistic) - _means(second, statistic)
    by_image = by_image[np.isfinite(by_image)]
    if len(by_image) < 2:
        return None
    sources = []
    for row in (first, second):
        found = components(statistic(row.tables)) if row.seeds else None
        if found:
            sources.append(SeedVariance(found.seeds, found.seed, found.residual))
    residual = sum(source.residual / source.seeds for source in sources)
    return Spread(len(by_image), max(float(by_image.var(ddof=1)) - residual, 0.0), tuple(sources))


def _means(row: Row, statistic: Statistic) -> np.ndarray:
    """(images,) means over seeds of a row's statistic; of a published row its only one, for every image."""
    return statistic(row.tables).mean(axis=1) if row.tables else np.array([statistic(row.cells)])
