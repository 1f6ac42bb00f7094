"""How many images or seeds it takes to tell two means apart, from the variances of their difference."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from cmc.core.crossed import Z, t_quantile

# The normal quantile of 80 %: an interval excludes 0 in 80 of 100 studies where the difference is this far beyond it.
POWER_80 = 0.8416212335729143
# What takes more is not to be had.
MOST = 10**9


@dataclass(frozen=True)
class SeedVariance:
    """What a choice of `seeds` seeds brings into a mean: variances of one score from the seed, and of the residual."""

    seeds: int
    seed: float
    residual: float


@dataclass(frozen=True)
class Spread:
    """The variance of a mean difference D over n images,

        var(D) = (image + sum residual / S) / n + sum seed / S,

    the sums over `sources`: one for rows made with the same S seeds, one for each row otherwise, none where seeds were
    not varied; then what the seed does is in `image`, and nobody knows how much. `images`: those it was estimated from.
    """

    images: int
    image: float
    sources: tuple[SeedVariance, ...] = ()

    def variance(self) -> float:
        """var(D), at the images and seeds that are there."""
        return sum(self._parts(self.images, None))

    def share_of_seed(self) -> float:
        """What part of var(D) would be gone with seeds without end; NaN without any variance."""
        variance = self.variance()
        return 1 - self.image / self.images / variance if variance else math.nan

    def images_needed(self, difference: float, power: float = 0.0) -> int | None:
        """The smallest n from 2 for which

            |D| >= sqrt(z^2 (image + sum residual / S) / n + sum t^2 seed / S) + power sqrt(var(D)),

        z = 1.96 and t Student's for S - 1 degrees of freedom, as in the intervals: with `power` 0 the 95 % interval of
        a difference found to be D just excludes 0. If D is the true difference, half of all studies find less: that is
        50 % power. With POWER_80 four of five exclude it; without seeds that is n = (1.96 + 0.84)^2 image / D^2. None
        where no number of images does, for equal means or because the seed's part alone is too large.
        """
        return _smallest(2, lambda images: self._separates(difference, images, None, power))

    def seeds_needed(self, difference: float, power: float = 0.0) -> int | None:
        """The smallest S, of each row, at the images that are there; otherwise as `images_needed`. None, too, where the
        images' part alone is too large."""
        return _smallest(1, lambda seeds: self._separates(difference, self.images, seeds, power))

    def _separates(self, difference: float, images: int, seeds: int | None, power: float) -> bool:
        half = math.sqrt(self._squared_half(images, seeds))
        return abs(difference) >= half + power * math.sqrt(sum(self._parts(images, seeds))) and difference != 0

    def _parts(self, images: int, seeds: int | None) -> tuple[float, float]:
        """The images' part of var(D) and the seeds'; `seeds` in place of those that are there."""
        with_residual = self.image + sum(source.residual / (seeds or source.seeds) for source in self.sources)
        return with_residual / images, sum(source.seed / (seeds or source.seeds) for source in self.sources)

    def _squared_half(self, images: int, seeds: int | None) -> float:
        """Of half of the 95 % interval. One seed bounds nothing where seeds matter."""
        squared = Z**2 * self._parts(images, seeds)[0]
        for source in self.sources:
            count = seeds or source.seeds
            if source.seed:
                squared += t_quantile(count) ** 2 * source.seed / count if count > 1 else math.inf
        return squared


def _smallest(least: int, enough: Callable[[int], bool]) -> int | None:
    """The smallest whole number from `least` that is `enough`, as all above it are; None where MOST is not."""
    if not enough(MOST):
        return None
    below, above = least - 1, least
    while not enough(above):
        below, above = above, min(2 * above, MOST)
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if enough(middle) else (middle, above)
    return above
