"""The screening loop: a folder of pictures in, `safety.csv` beside them out."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image

from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.faults import faults_told
from cmc.core.images import load_rgb
from cmc.core.origin import digest
from cmc.core.prefetch import prefetched
from cmc.safety.checker import SafetyChecker
from cmc.safety.table import Screened, read_safety, write_safety

# What a kill may cost.
SAVED_EVERY = 32


def screen(
    pictures: Mapping[str, Path],
    folder: Path,
    checker: SafetyChecker,
    digests: FileDigests,
    overwrite: bool = False,
    workers: int = 2,
) -> Iterator[Screened]:
    """What the checker says of each picture, in order, and the table in `folder`; of what the same checker has said
    something of the very same bytes, that is kept, unless `overwrite`. One that fails comes with the reason."""
    rows = {key: row for key, row in read_safety(folder).items() if key in pictures}

    def load(key: str) -> Screened | tuple[str, Image.Image]:
        row, path = rows.get(key), pictures[key]
        known = row and row.verdict and not overwrite and row.checker == checker.revision
        if row and known and row.digest == digests.of_file(path):
            return row
        return _load(path, checker.revision)

    try:
        for place, (key, loaded) in enumerate(prefetched(load, pictures, workers, depth=2 * workers), 1):
            rows[key] = loaded if isinstance(loaded, Screened) else _judge(pictures[key].name, *loaded, checker)
            yield rows[key]
            if place % SAVED_EVERY == 0:
                write_safety(folder, rows.values())
    finally:  # also of a run that is stopped
        write_safety(folder, rows.values())


def _load(path: Path, revision: str) -> Screened | tuple[str, Image.Image]:
    """(digest, picture), from one read, or why there is none."""
    data = path.read_bytes()
    try:
        return digest(data), load_rgb(path, data)
    except CMCError as error:
        return Screened(path.name, digest(data), revision, status=f"unusable: {error}")


def _judge(name: str, bytes_digest: str, image: Image.Image, checker: SafetyChecker) -> Screened:
    try:
        with faults_told("the safety checker"):
            return Screened(name, bytes_digest, checker.revision, checker.judge(image))
    except CMCError as error:
        return Screened(name, bytes_digest, checker.revision, status=f"unscreened: {error}")
