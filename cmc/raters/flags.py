"""Pictures that viewers found offensive: `flags.csv`, a row a viewer and picture."""

from collections.abc import Sequence
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.tables import read_csv
from cmc.raters.votes import Vote

COLUMNS = ("viewer", "picture")


def read_flags(path: Path, votes: Sequence[Vote]) -> dict[str, list[str]]:
    """Who flagged each flagged picture, both sorted. Raises CMCError, with the line, for a viewer or a picture that no
    vote names."""
    viewers, pictures = {vote.viewer for vote in votes}, {vote.picture for vote in votes}
    flagged: dict[str, set[str]] = {}
    for record in read_csv(path, COLUMNS, may_be_empty=True):
        if record["viewer"] not in viewers or record["picture"] not in pictures:
            found = f"{record['viewer']!r} on {record['picture']!r}"
            raise CMCError(f"{record.place}: expected a viewer and a picture that votes name, found {found}")
        flagged.setdefault(record["picture"], set()).add(record["viewer"])
    return {picture: sorted(flagged[picture]) for picture in sorted(flagged)}
