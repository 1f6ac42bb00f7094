"""Scores of the audit: how far each reconstruction's form agrees with its ground truth's."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from cmc.audit.agreement import FIELDS, agreement
from cmc.core.digests import FileDigests
from cmc.core.workspace import key_of
from cmc.stages.ask_forms import GT, Forms
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED, UNSCORED, Candidate, Task

# The mean of the fields.
MEAN = "vqa"
COLUMNS = (*(f"{MEAN}_{field}" for field in FIELDS), MEAN)
# Whether more is better, by column.
HIGHER = dict.fromkeys(COLUMNS, True)
# What the status of a picture says that was asked about in vain.
NO_FORM = "no form"


def audit_scores(tasks: Sequence[Task], answers: Mapping[tuple[str, str], Forms], digests: FileDigests) -> list[Score]:
    """A score an image, target and mode, in [0, 1] by COLUMNS; answers: by target and mode, ground truths' by (GT, "").

    A picture without a form, or whose ground truth has none, has no score and says why in its status.
    """
    return [_score(task, candidate, answers, digests) for task in tasks for candidate in task.candidates]


def _score(task: Task, candidate: Candidate, answers: Mapping[tuple[str, str], Forms], digests: FileDigests) -> Score:
    name, key = task.gt.name, key_of(task.gt.name)
    if candidate.path is None:
        return Score(name, candidate.target, candidate.mode, {}, candidate.status)
    digests_of = digests.of_file(task.gt), digests.of_file(candidate.path)
    truth, other = answers[GT, ""], answers[candidate.target, candidate.mode]
    fault = _fault(key, "its ground truth", truth) or _fault(key, "it", other)
    values = {} if fault else columns_of(agreement(truth.forms[key], other.forms[key]))
    return Score(name, candidate.target, candidate.mode, values, fault or SCORED, None, *digests_of)


def _fault(key: str, whose: str, forms: Forms) -> str:
    """The status of a picture where one of its two forms is not there; "" where it is."""
    if key in forms.forms:
        return ""
    return f"{UNSCORED}: {NO_FORM} over {whose}: {forms.failed.get(key, 'it was not asked about')}"


def columns_of(fields: Mapping[str, float]) -> dict[str, float]:
    """The agreement by field, under its columns, and the mean of all fields."""
    return {f"{MEAN}_{field}": value for field, value in fields.items()} | {MEAN: fmean(fields.values())}
