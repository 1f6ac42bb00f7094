"""Candidates scored by a metric that needs no reference."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cmc.core.errors import CMCError, some
from cmc.core.facts import MetricFacts
from cmc.curation.candidates import Candidate
from cmc.registry import METRICS, Entry
from cmc.stages import evaluate_tasks
from cmc.stages.evaluate import evaluate
from cmc.stages.evaluate_tasks import SCORED, Task
from cmc.stages.score_cache import ScoreCache
from cmc.stages.scoring_worker import Scorers

# The paper's is `qalign`; this is its authors' method with a model of today, and scores from 0 to 1.
DEFAULT = "qrealign"


def nr_metric(name: str | None) -> Entry[MetricFacts]:
    """The metric of a name, DEFAULT for None. Raises CMCError for one that is not there, or needs a reference or a
    caption."""
    fit = [entry.name for entry in METRICS.entries() if _of_pictures_alone(entry.facts)]
    if name is None and DEFAULT not in fit:
        raise CMCError(
            f"scores are asked for, and no metric {DEFAULT!r} is here; name one of {some(fit, 20)} with --metric"
        )
    entry = METRICS.get(name or DEFAULT)
    if entry.name not in fit:
        raise CMCError(f"{entry.name} does not score a picture by itself; choose one of {some(fit, 20)}")
    return entry


def _of_pictures_alone(facts: MetricFacts) -> bool:
    return not (facts.full_reference or facts.of_sets or facts.reads_caption)


def score_candidates(candidates: Sequence[Candidate], crew: Scorers, cache: ScoreCache) -> Iterator[Candidate]:
    """Each with its score, or the reason why it has none, in order."""
    tasks = [Task(one.path, (evaluate_tasks.Candidate("candidates", "", one.path),)) for one in candidates]
    for candidate, score in zip(candidates, evaluate(tasks, crew, cache), strict=True):
        value = next(iter(score.values.values()), None)
        unscored = "" if score.status == SCORED else score.status.removeprefix(f"{evaluate_tasks.UNSCORED}: ")
        yield replace(candidate, score=value, unscored=unscored)
