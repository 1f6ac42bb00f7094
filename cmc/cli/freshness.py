"""What every command that reads or writes outputs shares: digests, staleness, and the words for it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from cmc.cli import common
from cmc.core.digests import FILE, FileDigests, read_ahead
from cmc.core.known_files import BYTES, HEADER, PIXELS
from cmc.core.origin import UNKNOWN, count_reasons
from cmc.core.workspace import Workspace, has_images, list_images
from cmc.scores.fresh_scores import result_files
from cmc.stages.evaluate_tasks import Task, check_pictures, refuse_stale, refuse_unusable
from cmc.stages.staleness import Staleness

# Seconds before reading files for their digests says that it is at work.
MOMENT = 1.0


def remembered(space: Workspace) -> FileDigests:
    """The digests that a root remembers."""
    return FileDigests(space.root / FILE)


def digests(space: Workspace, paths: Iterable[Path]) -> FileDigests:
    """Those, with the digests of the files `paths`."""
    store = remembered(space)
    read(store, paths)
    return store


def read(store: FileDigests, paths: Iterable[Path], pixels: Iterable[Path] = (), headers: Iterable[Path] = ()) -> None:
    """See that the digests of files, those of the pictures `pixels`, and what the pictures `headers` say are
    remembered; what must be read for it shows as a bar, if that takes more than a moment."""
    asked = ((store.of_file, BYTES, paths), (store.of_pixels, PIXELS, pixels), (store.header, HEADER, headers))
    for of, kind, wanted in asked:
        unread = [path for path in wanted if not store.knows(path, kind)]
        if unread:
            for _ in common.progress(read_ahead(unread, of), len(unread), "reading", delay=MOMENT):
                pass


def staleness(space: Workspace, results: Path, targets: Sequence[Path]) -> Staleness:
    """What tells whether the pictures of targets' folders in `results`, and their scores, are stale."""
    gts = list_images(space.gt).values() if has_images(space.gt) else []
    store, pictures = remembered(space), list(result_files(targets))
    read(store, [*gts, *pictures], headers=pictures)
    return Staleness(space, results, store)


def checked(staleness: Staleness, tasks: Sequence[Task], partial: bool) -> list[Task]:
    """The tasks, marked where a picture cannot be used, or is stale; those are refused unless `partial`, and pictures
    that do not say what they were made from are counted aloud."""
    pictures = [picture.path for task in tasks for picture in task.candidates if picture.path]
    read(staleness.digests, [], headers=[*(task.gt for task in tasks), *pictures])
    marked = [check_pictures(task, staleness) for task in tasks]
    statuses = {
        f"{picture.target}/{picture.mode}/{task.gt.name}": picture.status
        for task in marked
        for picture in task.candidates
    }
    if not partial:
        refuse_unusable(statuses.values())
        refuse_stale(statuses)
    unknown = Counter(picture.target for task in marked for picture in task.candidates if picture.unknown)
    for target, count in unknown.items():
        print(f"{target}: {count} picture(s) {UNKNOWN}: nothing says which captions, references or GT they are from")
    return marked


def say_stale(outputs: str, reasons: Iterable[str], total: int) -> None:
    """How many of `outputs` are made anew, and why; nothing for none."""
    reasons = list(reasons)
    if reasons:
        print(f"{len(reasons)} of {total} {outputs} were stale and are made anew: {count_reasons(reasons)}")
