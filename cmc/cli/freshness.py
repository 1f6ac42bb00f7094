"""What every command that reads or writes outputs shares: digests, staleness, and the words for it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from cmc.cli import common
from cmc.core.digests import BYTES, FILE, PIXELS, FileDigests, read_ahead
from cmc.core.origin import count_reasons
from cmc.core.workspace import Workspace, has_images, list_images
from cmc.scores.fresh_scores import result_files
from cmc.stages.staleness import Staleness

# Seconds before reading files for their digests says that it is at work.
MOMENT = 1.0


def digests(space: Workspace, paths: Iterable[Path], pixels: Iterable[Path] = ()) -> FileDigests:
    """The digests that a root remembers, with those of the files `paths`, and of the pictures `pixels`; what must be
    read for it shows as a bar, if that takes more than a moment."""
    store = FileDigests(space.root / FILE)
    for of, kind, wanted in ((store.of_file, BYTES, paths), (store.of_pixels, PIXELS, pixels)):
        unread = [path for path in wanted if not store.knows(path, kind)]
        if unread:
            for _ in common.progress(read_ahead(unread, of), len(unread), "hashing", delay=MOMENT):
                pass
    return store


def staleness(space: Workspace, results: Path, targets: Sequence[Path]) -> Staleness:
    """What tells whether the pictures of targets' folders in `results`, and their scores, are stale."""
    gts = list_images(space.gt).values() if has_images(space.gt) else []
    return Staleness(space, results, digests(space, [*gts, *result_files(targets)]))


def say_stale(outputs: str, reasons: Iterable[str], total: int) -> None:
    """How many of `outputs` are made anew, and why; nothing for none."""
    reasons = list(reasons)
    if reasons:
        print(f"{len(reasons)} of {total} {outputs} were stale and are made anew: {count_reasons(reasons)}")
