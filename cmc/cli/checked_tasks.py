"""The pictures of a run that scores them, looked at before anything is loaded."""

from collections import Counter
from collections.abc import Sequence

from cmc.cli import freshness
from cmc.core.origin import UNKNOWN
from cmc.stages.captions_read import with_captions
from cmc.stages.evaluate_tasks import Task, check_pictures, refuse_stale, refuse_unusable
from cmc.stages.staleness import Staleness


def checked_tasks(
    tasks: Sequence[Task], staleness: Staleness, allow_partial: bool, captioned: bool = False
) -> list[Task]:
    """The tasks, marked where a picture cannot be scored, or is stale; refused unless `allow_partial`. If `captioned`,
    with the captions that pictures were made from. Pictures that do not say what they were made from are counted on
    the screen."""
    pictures = [picture.path for task in tasks for picture in task.candidates if picture.path]
    freshness.read(staleness.digests, [], headers=[*(task.gt for task in tasks), *pictures])
    checked = [check_pictures(task, staleness) for task in tasks]
    if captioned:
        checked = [with_captions(task, staleness) for task in checked]
    if not allow_partial:
        refuse_unusable(picture.status for task in checked for picture in task.candidates)
        refuse_stale(
            {
                f"{picture.target}/{picture.mode}/{task.gt.name}": picture.status
                for task in checked
                for picture in task.candidates
            }
        )
    unknown = Counter(picture.target for task in checked for picture in task.candidates if picture.unknown)
    for target, count in unknown.items():
        print(f"{target}: {count} picture(s) {UNKNOWN}: nothing says which captions, references or GT they are from")
    return checked
