"""What was measured of a study, setting by setting and mode by mode, with seeds averaged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from cmc.core.errors import some
from cmc.core.run_file import read_run
from cmc.scores.score_file import ScoreFile
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED
from cmc.stages.run_codec import MODE
from cmc.studies.results import StudyResults
from cmc.studies.setting import Baseline, Setting


@dataclass(frozen=True)
class Measurement:
    """A setting in one mode; a codec at one quality (`of_codec`) stands as a setting whose decoder is the codec.

    setting: of several seeds the first; seeds: those averaged; scores: by image, each the mean over the seeds, of
    images that all of them have; by_seed: the scores of each seed; sets: what metrics of whole folders say of exactly
    these images, by column; sigma: of the noise that its pictures started with, in the mean, None where no run told.
    """

    setting: Setting
    mode: str
    seeds: tuple[int, ...]
    scores: Mapping[str, Score]
    sets: Mapping[str, float]
    of_codec: bool = False
    by_seed: tuple[Mapping[str, Score], ...] = ()
    sigma: float | None = None

    @property
    def place(self) -> str:
        """What remarks call it by."""
        return f"{self.setting.name} {self.mode}"


def measurements(results: StudyResults, average: bool = True) -> list[Measurement]:
    """Everything that has a score; `average`: over settings that differ in their seed alone."""
    groups = _by_seed(results.study.settings) if average else [[setting] for setting in results.study.settings]
    found = [one for group in groups for one in _of_settings(results, group)]
    return found + [one for baseline in results.study.baselines for one in _of_baseline(results, baseline)]


def without_scores(results: StudyResults) -> list[str]:
    """Remarks on modes of scored results that have no score, and on seeds that are not there."""
    modes = [(setting.name, mode) for setting in results.study.settings for mode in setting.modes]
    modes += [(baseline.name, MODE) for baseline in results.study.baselines]
    empty = [
        f"{name} {mode}" for name, mode in modes if name in results.files and not _scored(results.files[name], mode)
    ]
    remarks = [f"without any score: {some(empty)}"] if empty else []
    for group in _by_seed(results.study.settings):
        there = [setting.seed for setting in group if setting.name in results.files]
        if there and len(there) < len(group):
            asked = ", ".join(str(setting.seed) for setting in group)
            remarks.append(f"{group[0].name} is a mean over seeds {', '.join(map(str, there))} of {asked}")
    return remarks


def _by_seed(settings: Sequence[Setting]) -> list[list[Setting]]:
    """Settings that differ in their seed alone, and so in their names, together."""
    groups: dict[tuple[object, ...], list[Setting]] = {}
    for setting in settings:
        alike = replace(setting, name="", seed=0, options={})
        key = (*(getattr(alike, name) for name in vars(alike) if name != "options"), *sorted(setting.options.items()))
        groups.setdefault(key, []).append(setting)
    return list(groups.values())


def _of_settings(results: StudyResults, group: Sequence[Setting]) -> Iterator[Measurement]:
    there = [setting for setting in group if setting.name in results.files]
    for mode in group[0].modes:
        by_seed = [(setting, _scored(results.files[setting.name], mode)) for setting in there]
        by_seed = [(setting, scores) for setting, scores in by_seed if scores]
        if by_seed:
            scores = _seed_means([scores for _, scores in by_seed])
            sets = _set_means([_sets(results, setting.name, mode, scores) for setting, _ in by_seed])
            seeds, of_seeds = zip(*((setting.seed, scores_of_seed) for setting, scores_of_seed in by_seed))
            sigma = _sigma(results, by_seed[0][0].name, mode)
            yield Measurement(by_seed[0][0], mode, seeds, scores, sets, by_seed=of_seeds, sigma=sigma)


def _of_baseline(results: StudyResults, baseline: Baseline) -> Iterator[Measurement]:
    scores = _scored(results.files[baseline.name], MODE) if baseline.name in results.files else {}
    if scores:
        sets = _sets(results, baseline.name, MODE, scores)
        yield Measurement(_as_setting(baseline), MODE, (), scores, sets, of_codec=True)


def _as_setting(baseline: Baseline) -> Setting:
    name, codec, qp = baseline.name, baseline.codec, baseline.qp
    return Setting(
        name=name, encoder="", words=None, captions="", decoder=codec, modes=(MODE,), codec=codec, qp=qp, references=""
    )


def _scored(file: ScoreFile, mode: str) -> dict[str, Score]:
    """The scores of one mode by image."""
    return {score.name: score for score in file.scores if score.mode == mode and score.status == SCORED}


def _sets(results: StudyResults, target: str, mode: str, scores: Mapping[str, Score]) -> Mapping[str, float]:
    """What metrics of whole folders say, where they were computed over as many pictures as there are `scores`, and as
    that target has: a distance over others is another."""
    found = results.sets.get(target, {}).get(mode)
    whole = len(_scored(results.files[target], mode)) == len(scores)
    return found.values if found and whole and found.n == len(scores) else {}


def _sigma(results: StudyResults, target: str, mode: str) -> float | None:
    """What the run recorded that made the pictures."""
    sigma = read_run(results.folder / target / mode / "run.json").get("outcome", {}).get("sigma")
    return float(sigma) if isinstance(sigma, int | float) else None


def _seed_means(by_seed: Sequence[Mapping[str, Score]]) -> dict[str, Score]:
    """By image, over the images and metrics that all seeds have. A seed costs no bits, so rates are the first's."""
    if len(by_seed) == 1:
        return dict(by_seed[0])
    names = [name for name in by_seed[0] if all(name in scores for scores in by_seed)]
    metrics = [
        metric
        for metric in next(iter(by_seed[0].values())).values
        if all(metric in score.values for scores in by_seed for score in scores.values())
    ]
    means = {}
    for name in names:
        values = {metric: fmean(scores[name].values[metric] for scores in by_seed) for metric in metrics}
        means[name] = replace(by_seed[0][name], values=values)
    return means


def _set_means(by_seed: Sequence[Mapping[str, float]]) -> dict[str, float]:
    columns = [column for column in by_seed[0] if all(column in sets for sets in by_seed)]
    return {column: fmean(sets[column] for sets in by_seed) for column in columns}
