"""Candidates measured: those of the same bytes as before are not measured again."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cmc.core.digests import FileDigests
from cmc.core.prefetch import prefetched
from cmc.core.workspace import Workspace
from cmc.curation.candidates import Candidate
from cmc.curation.candidates_table import Looked
from cmc.curation.measures import measure
from cmc.curation.plan import Group


def measured_candidates(
    listed: Sequence[tuple[Group, Path]],
    space: Workspace,
    looked: Mapping[str, Looked],
    digests: FileDigests,
    workers: int,
) -> Iterator[Candidate]:
    """Each picture of `listed` in order, by threads; `looked`: what is known of them by file, and vetoes."""

    def one(pair: tuple[Group, Path]) -> Candidate:
        group, path = pair
        file, digest = space.recorded(path), digests.of_file(path)
        row = looked.get(file)
        known = row.measures if row and row.digest == digest and not row.measures.fault else None
        return Candidate(group.name, file, path, digest, known or measure(path), veto=row.veto if row else "")

    for _, candidate in prefetched(one, listed, workers, depth=4 * workers):
        yield candidate
