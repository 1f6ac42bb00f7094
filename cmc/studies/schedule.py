"""How many settings a search looks at over how many images, rung by rung, within a budget of pictures."""

import math
from dataclasses import dataclass

# Images of the first rung at least: of one alone nothing says how far it may be off.
FIRST = 2
# By how much settings may be cut from rung to rung; the smallest that the budget allows is taken.
FACTORS = (2, 3, 4)
# The share of the budget that the plan itself may take; the rest is for settings that are not told apart.
PLAIN = 0.8


@dataclass(frozen=True)
class Schedule:
    """images: how many each rung has seen at its end, all of them at the last; of the settings of a rung one in
    `factor` goes on, rounded up."""

    images: tuple[int, ...]
    factor: int

    def kept(self, settings: int) -> int:
        """How many of a rung's settings go on."""
        return math.ceil(settings / self.factor)

    def added(self, rung: int) -> int:
        """How many images a rung adds, counted from 0, to those of the rung before."""
        return self.images[rung] - (self.images[rung - 1] if rung else 0)

    def cost(self, settings: int, rung: int = 0) -> int:
        """Images times settings from a rung to the end, where so many settings begin it."""
        total = 0
        for index in range(rung, len(self.images)):
            total += settings * self.added(index)
            settings = self.kept(settings)
        return total


def plan_schedule(settings: int, images: int, budget: float) -> Schedule:
    """The rungs of a search: images double, and settings are cut by as little as the `budget` (share of settings x
    images) allows, over as few rungs as it allows, for a first rung of many images errs least. Where no schedule keeps
    within (two settings cannot be compared for less than half), the cheapest.
    """
    # Beyond these one setting is left, or fewer images than FIRST.
    most = 1 + min(math.ceil(math.log2(settings)), max(0, int(math.log2(images / FIRST))))
    schedules = [Schedule(_doubling(images, rungs), factor) for factor in FACTORS for rungs in range(1, most + 1)]
    for schedule in schedules:
        if schedule.cost(settings) <= PLAIN * budget * settings * images:
            return schedule
    return min(schedules, key=lambda schedule: schedule.cost(settings))


def _doubling(images: int, rungs: int) -> tuple[int, ...]:
    return tuple(math.ceil(images / 2**left) for left in range(rungs - 1, -1, -1))
