"""Successive halving over images: every setting gets a few, the best go on with more, those that stay get all.

Jamieson & Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS 2016, with
images as the resource. Two things are ours: settings that the images do not tell apart from the last that goes on stay
too, as far as the budget allows; and a setting whose rate is clearly over a bound is dropped at once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cmc.core.bootstrap import draw_counts, interval, resampled_means
from cmc.core.errors import CMCError
from cmc.studies.image_order import image_order
from cmc.studies.means import MeanEstimate
from cmc.studies.schedule import Schedule, plan_schedule

# Share of the full matrix's pictures.
BUDGET = 0.4
# Scores are equal to so many: the order of a sum's terms is no difference.
DECIMALS = 9
NO_RATE = "no streams were kept, so its rate is unknown; keep those of references with cmc reference"
# What becomes of a setting over all images; TIED is not told apart from the winner.
WINNER, TIED, BEHIND = "winner", "tied", "behind"
# At a rung before; of those that are not told apart from the last that is kept, SPARED ones go on and CUT ones, for
# which there is no budget, do not.
KEPT, SPARED, CUT, DROPPED = "kept", "spared", "cut", "dropped"
# At any.
OVER, FAILED = "over", "failed"


@dataclass(frozen=True)
class Sample:
    """What a setting's images came to, each (images,) in the order asked: `scores`, more is better, and measured bits
    per pixel, None where no stream was kept."""

    scores: np.ndarray
    bpp: np.ndarray | None = None


# Settings and images, by name, to a sample of each setting, or why there is none. Images of before come again.
Measure = Callable[[Sequence[str], Sequence[str]], Mapping[str, Sample | CMCError]]


@dataclass(frozen=True)
class Trial:
    """One setting at one rung: its estimates over the rung's images, None where it failed or has no measured rate, and
    its fate; `reason`: why it failed."""

    name: str
    fate: str
    score: MeanEstimate | None = None
    bpp: MeanEstimate | None = None
    reason: str = ""


@dataclass(frozen=True)
class Rung:
    """All settings over the first `images`, best first, failed ones last; `pictures`: asked for by its end."""

    images: int
    trials: tuple[Trial, ...]
    pictures: int

    def of_fate(self, *fates: str) -> list[Trial]:
        """The trials that had one of these fates."""
        return [trial for trial in self.trials if trial.fate in fates]


@dataclass(frozen=True)
class Halving:
    """A search: its images in the order that they were looked at, its rungs, the winner if any setting was left, and
    `full`: the pictures of all settings over all images."""

    images: tuple[str, ...]
    rungs: tuple[Rung, ...]
    winner: str | None
    full: int

    @property
    def pictures(self) -> int:
        """Those that it asked for."""
        return self.rungs[-1].pictures

    @property
    def share(self) -> float:
        """Of the full matrix's pictures."""
        return self.pictures / self.full


def halve(
    settings: Mapping[str, Collection[str]],
    images: Iterable[str],
    measure: Measure,
    max_bpp: float | None = None,
    budget: float = BUDGET,
) -> Halving:
    """The best of the `settings` over `images`, whose mean rate is at most `max_bpp`.

    settings: by name, what each makes of an image, by any names; what two settings both make is made, and counted,
    once. The same settings, images and samples give the same answer, in whatever order they come. A setting that fails
    at one image is out, by name: a mean over other images than the others' compares nothing. Raises CMCError without
    any setting or image.
    """
    ordered = image_order(images)
    if not settings or not ordered:
        found = f"found {len(settings)} and {len(ordered)}"
        raise CMCError(f"a search needs settings and images, {found}; extend the plan")
    full = len(set().union(*settings.values())) * len(ordered)
    race = _Race(settings, plan_schedule(len(settings), len(ordered), budget), max_bpp, budget * full)
    while race.going:
        race.run(ordered[: race.seen], measure)
    winners = [trial.name for trial in race.rungs[-1].of_fate(WINNER)]
    return Halving(tuple(ordered), tuple(race.rungs), winners[0] if winners else None, full)


@dataclass
class _Race:
    """A search under way: the settings that are `going` into the next rung, and `made`: of how many images each thing
    that a setting makes was made so far."""

    settings: Mapping[str, Collection[str]]
    schedule: Schedule
    max_bpp: float | None
    budget: float
    rungs: list[Rung] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=dict)
    going: list[str] = field(init=False)
    index: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.going = sorted(self.settings)
        self._skip_to_all()

    @property
    def seen(self) -> int:
        """Images at the next rung's end."""
        return self.schedule.images[self.index]

    @property
    def pictures(self) -> int:
        """Asked for so far."""
        return sum(self.made.values())

    @property
    def _last(self) -> bool:
        return self.index == len(self.schedule.images) - 1

    def run(self, images: Sequence[str], measure: Measure) -> None:
        """One rung."""
        self.made |= dict.fromkeys(self._made_by(self.going), len(images))
        found = measure(self.going, images)
        samples = {name: sample for name, sample in found.items() if isinstance(sample, Sample)}
        counts = draw_counts(len(images))
        trials = sorted((self._trial(name, found[name], counts) for name in self.going), key=_place)
        fates = self._end(trials, samples, counts) if self._last else self._cut(trials, samples, counts)
        trials = [replace(trial, fate=fates.get(trial.name, trial.fate)) for trial in trials]
        self.rungs.append(Rung(len(images), tuple(trials), self.pictures))
        self.going = [trial.name for trial in self.rungs[-1].of_fate(KEPT, SPARED)]
        self.index += 1
        self._skip_to_all()

    def _skip_to_all(self) -> None:
        """A setting that is alone has no one left to be compared with, and goes on with all images."""
        if len(self.going) == 1:
            self.index = len(self.schedule.images) - 1

    def _made_by(self, names: Iterable[str]) -> set[str]:
        return {made for name in names for made in self.settings[name]}

    def _trial(self, name: str, sample: Sample | CMCError, counts: np.ndarray) -> Trial:
        """A setting's estimates; its fate is KEPT where nothing bars it."""
        if isinstance(sample, CMCError):
            return Trial(name, FAILED, reason=str(sample))
        score = MeanEstimate.of(sample.scores, counts)
        if sample.bpp is None:
            if self.max_bpp is None:
                return Trial(name, KEPT, score)
            return Trial(name, FAILED, score, reason=NO_RATE)
        rate = MeanEstimate.of(sample.bpp, counts)
        return Trial(name, OVER if self._over(rate) else KEPT, score, rate)

    def _over(self, rate: MeanEstimate) -> bool:
        """Whether a rate is clearly over the bound; over all images it is what it is."""
        return self.max_bpp is not None and (rate.mean if self._last else rate.low) > self.max_bpp

    def _end(self, trials: Sequence[Trial], samples: Mapping[str, Sample], counts: np.ndarray) -> dict[str, str]:
        """Fates over all images: the first is the winner."""
        able = [trial.name for trial in trials if trial.fate == KEPT]
        tied = {name for name in able if _ties(samples[name], samples[able[0]], counts)}
        return {name: TIED if name in tied else BEHIND for name in able} | dict.fromkeys(able[:1], WINNER)

    def _cut(self, trials: Sequence[Trial], samples: Mapping[str, Sample], counts: np.ndarray) -> dict[str, str]:
        """Fates at a rung before the last.

        Settings whose mean rate so far is over the bound, but not clearly, are cut apart from the others: neither may
        push all of the others out, for which of them keeps within is not known yet.
        """
        able = [trial for trial in trials if trial.fate == KEPT]
        unclear = [trial.name for trial in able if self._exceeds(trial)]
        within = [trial.name for trial in able if not self._exceeds(trial)]
        kept: list[str] = []
        ties: list[str] = []
        for names in (within, unclear):
            stay = self.schedule.kept(len(names))
            kept += names[:stay]
            ties += [name for name in names[stay:] if _ties(samples[name], samples[names[stay - 1]], counts)]
        # The best of either kind first, as in `trials`.
        ties = [trial.name for trial in able if trial.name in ties]
        room = self._room(kept)
        fates = {trial.name: DROPPED for trial in able} | dict.fromkeys(kept, KEPT)
        return fates | dict.fromkeys(ties[:room], SPARED) | dict.fromkeys(ties[room:], CUT)

    def _exceeds(self, trial: Trial) -> bool:
        return self.max_bpp is not None and trial.bpp is not None and trial.bpp.mean > self.max_bpp

    def _room(self, kept: Sequence[str]) -> int:
        """How many settings may go on besides `kept`: what the budget leaves is shared among the rungs to come."""
        if not kept:
            return 0
        following = self.index + 1
        each = len(self._made_by(kept)) / len(kept)
        plain = each * self.schedule.cost(len(kept), following)
        spare = max(0.0, self.budget - self.pictures - plain) / (len(self.schedule.images) - following)
        room = 0
        while room < len(self.settings) and each * self.schedule.cost(len(kept) + room + 1, following) <= plain + spare:
            room += 1
        return room


def _place(trial: Trial) -> tuple[bool, float, str]:
    """Best first, then by name."""
    return trial.fate == FAILED, -round(trial.score.mean, DECIMALS) if trial.score else 0.0, trial.name


def _ties(sample: Sample, better: Sample, counts: np.ndarray) -> bool:
    """Whether 95 % of the resamples do not say that `better` is better: paired, every resample takes the same images
    of both."""
    _, high = interval(resampled_means(counts, (sample.scores - better.scores)[:, None])[:, 0])
    return round(high, DECIMALS) >= 0
