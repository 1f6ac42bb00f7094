"""A search through the settings of a study: its rungs run by stages, its answer from score files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.metrics.base import FR, NR
from cmc.scores.score_file import read_scores
from cmc.stages.decode import picture_path
from cmc.studies.halving import BUDGET, Halving, Sample, halve
from cmc.studies.objective import Measured, Objective, find_objective, measured
from cmc.studies.pareto import ParetoPoint, pareto_points
from cmc.studies.setting import Setting, Study

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
    study: Study,
    images: Iterable[str],
    run: RunRung,
    results: Path,
    objective: str,
    max_bpp: float | None = None,
    budget: float = BUDGET,
) -> SearchResult:
    """The best of a study's settings over `images` (keys).

    objective: `overall` or the column of a metric; max_bpp: what the mean rate, over images and modes, may be at most;
    results: the folder of the settings' results; budget: share of the full matrix's pictures. Raises CMCError for an
    objective that the study does not measure.
    """
    race = _Measuring(study, run, results, find_objective(objective, study.metrics))
    costs = {setting.name: len(setting.modes) for setting in study.settings}
    found = halve(costs, images, race.measure, max_bpp, budget)
    both = {name: each for name, each in race.latest.items() if {FR, NR} <= each.values.keys()}
    return SearchResult(race.objective, max_bpp, found, race.there, pareto_points(both, len(found.images)))


class _Measuring:
    """Rungs run, and what each setting came to at its last."""

    def __init__(self, study: Study, run: RunRung, results: Path, objective: Objective) -> None:
        self.objective = objective
        self.latest: dict[str, Measured] = {}
        self.there = 0
        self._settings = {setting.name: setting for setting in study.settings}
        self._run, self._results = run, results
        self._asked: set[tuple[str, str]] = set()

    def measure(self, names: Sequence[str], images: Sequence[str]) -> Mapping[str, Sample | CMCError]:
        """As `halve` asks."""
        settings = [self._settings[name] for name in names]
        self.there += sum(self._lie_there(setting, images) for setting in settings)
        failures = self._run(settings, images)
        return {setting.name: self._sample(setting, images, failures.get(setting.name, "")) for setting in settings}

    def _lie_there(self, setting: Setting, images: Sequence[str]) -> int:
        """How many pictures that this rung is the first to ask for are there already."""
        new = [image for image in images if (setting.name, image) not in self._asked]
        self._asked.update((setting.name, image) for image in new)
        folder = self._results / setting.name
        return sum(picture_path(folder / mode, image).is_file() for mode in setting.modes for image in new)

    def _sample(self, setting: Setting, images: Sequence[str], failure: str) -> Sample | CMCError:
        if failure:
            return CMCError(failure)
        try:
            found = measured(read_scores(self._results / setting.name / "scores.csv"), setting.modes, images)
        except CMCError as error:
            return error
        self.latest[setting.name] = found
        return Sample(self.objective.scores(found), found.bpp)
