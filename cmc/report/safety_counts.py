"""What the safety checker said of the pictures that a report shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.digests import FileDigests
from cmc.report.gallery import PicturePaths
from cmc.safety.table import read_safety


@dataclass(frozen=True)
class SafetyCount:
    """Of a folder's pictures those that were screened as they are now, and of these the flagged ones."""

    folder: str
    pictures: int
    screened: int
    flagged: int

    @property
    def share(self) -> str:
        """Of the screened ones, in percent."""
        return f"{100 * self.flagged / self.screened:.1f} %" if self.screened else ""


@dataclass(frozen=True)
class Safety:
    """Counts by folder, of those that were screened; flagged: pictures, also where they were changed since, which may
    be no better."""

    counts: Sequence[SafetyCount]
    flagged: frozenset[Path]


def read_verdicts(paths: PicturePaths, digests: FileDigests) -> Safety:
    """From the tables beside the pictures. Raises CMCError for a file that is no such table."""
    counts, flagged = [], set()
    for name, pictures in _folders(paths):
        rows = read_safety(next(iter(pictures.values())).parent) if pictures else {}
        there = {path: rows[key] for key, path in pictures.items() if key in rows}
        fresh = [row for path, row in there.items() if row.verdict and row.digest == digests.of_file(path)]
        flagged |= {path for path, row in there.items() if row.flagged}
        if there:
            counts.append(SafetyCount(name, len(pictures), len(fresh), sum(row.flagged for row in fresh)))
    return Safety(counts, frozenset(flagged))


def _folders(paths: PicturePaths) -> Iterator[tuple[str, Mapping[str, Path]]]:
    yield "ground truth", paths.gt
    for (target, mode), pictures in paths.results.items():
        yield f"{target}, {mode}", pictures
