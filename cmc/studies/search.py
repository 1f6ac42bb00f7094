"""A search through the settings of a study: its rungs run by stages, its answer from score files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.metrics.base import FR, NR
from cmc.scores.score_file import read_scores
from cmc.stages.decode import picture_path
from cmc.studies.expand import Expanded
from cmc.studies.halving import BUDGET, Halving, Sample, halve
from cmc.studies.objective import Measured, Objective, find_objective, measured
from cmc.studies.pareto import ParetoPoint, pareto_points
from cmc.studies.plan import Plan
from cmc.studies.setting import Setting, Study
from cmc.studies.stages import Stage, stages_of

# Makes and scores the pictures of some settings for some images, by key; returns why some have none, by setting.
RunRung = Callable[[Sequence[Setting], Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True)
class SearchResult:
    """What a search found: `there`: how many of its pictures lay there before; `points`: every setting that has FR, NR
    and a measured rate, over the images that it was last measured over."""

    objective: Objective
    max_bpp: float | None
    halving: Halving
    there: int
    points: Sequence[ParetoPoint]


def search(
    plan: Plan,
    expanded: Expanded,
    images: Iterable[str],
    run: RunRung,
    results: Path,
    objective: str,
    max_bpp: float | None = None,
    budget: float = BUDGET,
) -> SearchResult:
    """The best of a plan's settings over `images` (keys).

    objective: `overall` or the column of a metric; max_bpp: what the mean rate, over images and modes, may be at most;
    results: the folder of results, Result under a root; budget: share of the full matrix's pictures. Raises CMCError
    for an objective that the plan does not measure.
    """
    study = expanded.study
    made = made_by_setting(study, stages_of(plan, expanded))
    race = _Measuring(study, made, run, results, find_objective(objective, study.metrics))
    found = halve(made, images, race.measure, max_bpp, budget)
    both = {name: each for name, each in race.latest.items() if {FR, NR} <= each.values.keys()}
    return SearchResult(race.objective, max_bpp, found, race.there, pareto_points(both, len(found.images)))


def made_by_setting(study: Study, stages: Iterable[Stage]) -> dict[str, list[str]]:
    """By setting: the folders that its pictures are made in, from the root; another's where that makes the same."""
    made: dict[str, list[str]] = {setting.name: [] for setting in study.settings}
    for stage in stages:
        name = stage.output.removeprefix("Result/").rpartition("/")[0]
        if name in made:
            made[name].append(stage.source or stage.output)
    return made


class _Measuring:
    """Rungs run, and what each setting came to at its last."""

    def __init__(
        self, study: Study, made: Mapping[str, Sequence[str]], run: RunRung, results: Path, objective: Objective
    ) -> None:
        self.objective = objective
        self.latest: dict[str, Measured] = {}
        self.there = 0
        self._settings = {setting.name: setting for setting in study.settings}
        self._made, self._run, self._results = made, run, results
        self._asked: set[tuple[str, str]] = set()

    def measure(self, names: Sequence[str], images: Sequence[str]) -> Mapping[str, Sample | CMCError]:
        """As `halve` asks."""
        settings = [self._settings[name] for name in names]
        self.there += sum(self._lie_there(name, images) for name in names)
        failures = self._run(settings, images)
        return {name: self._sample(self._settings[name], images, failures.get(name, "")) for name in names}

    def _lie_there(self, name: str, images: Sequence[str]) -> int:
        """How many pictures that this rung is the first to ask for are there already."""
        new = {(folder, image) for folder in self._made[name] for image in images} - self._asked
        self._asked |= new
        return sum(picture_path(self._results.parent / folder, image).is_file() for folder, image in new)

    def _sample(self, setting: Setting, images: Sequence[str], failure: str) -> Sample | CMCError:
        if failure:
            return CMCError(failure)
        try:
            found = measured(read_scores(self._results / setting.name / "scores.csv"), setting.modes, images)
        except CMCError as error:
            return error
        self.latest[setting.name] = found
        return Sample(self.objective.scores(found), found.bpp)
