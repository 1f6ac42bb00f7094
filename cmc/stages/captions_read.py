"""The captions that pictures were made from, for metrics that compare a picture with them."""

from dataclasses import replace

from cmc.core.errors import CMCError
from cmc.core.workspace import key_of
from cmc.stages.evaluate_tasks import STALE, Candidate, Task
from cmc.stages.staleness import Staleness


def with_captions(task: Task, staleness: Staleness) -> Task:
    """A task that `check_pictures` has been over, every picture with its caption; stale where that is not here."""
    key = key_of(task.gt.name)
    return replace(task, candidates=tuple(_with_caption(candidate, key, staleness) for candidate in task.candidates))


def _with_caption(candidate: Candidate, key: str, staleness: Staleness) -> Candidate:
    if candidate.path is None:
        return candidate
    folder = staleness.open(candidate.target, candidate.mode)
    try:
        return replace(candidate, caption=folder.caption(key, candidate.path))
    except CMCError as error:
        return replace(candidate, path=None, status=f"{STALE}: made from {error}")
