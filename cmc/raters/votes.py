"""Votes of a subjective study, and their table `votes.csv`, a row a vote."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cmc.core.errors import CMCError
from cmc.core.tables import Record, number, read_csv, write_csv

Dimension = Literal["consistency", "perception"]
DIMENSIONS: tuple[Dimension, ...] = ("consistency", "perception")
# The scale's ends (CMC-Bench, appendix A.2).
LOWEST, HIGHEST = 0.0, 5.0
COLUMNS = ("viewer", "session", "picture", "dimension", "score")


@dataclass(frozen=True)
class Vote:
    """One viewer's score, 0 to 5, of one picture in one dimension. `picture`: <target>/<mode>/<image's key>, as results
    lie in the folder of results; `session`: from 0, as equation 2's g."""

    viewer: str
    session: int
    picture: str
    dimension: Dimension
    score: float


def write_votes(path: Path, votes: Iterable[Vote]) -> None:
    """The table of votes, whole or not at all."""
    write_csv(path, COLUMNS, ([getattr(vote, column) for column in COLUMNS] for vote in votes))


def read_votes(path: Path) -> list[Vote]:
    """The votes of a table. Raises CMCError, with the line, for what is no vote and for a vote that stands twice."""
    votes: dict[tuple[str, str, str], Vote] = {}
    for record in read_csv(path, COLUMNS):
        vote = _read_vote(record)
        key = (vote.viewer, vote.picture, vote.dimension)
        if key in votes:
            raise CMCError(f"{record.place}: {vote.viewer} votes twice on {vote.picture}'s {vote.dimension}; keep one")
        votes[key] = vote
    return list(votes.values())


def _read_vote(record: Record) -> Vote:
    dimension = next((name for name in DIMENSIONS if name == record["dimension"]), None)
    if dimension is None:
        raise CMCError(f"{record.place}: expected {' or '.join(DIMENSIONS)}, found {record['dimension']!r}")
    session, score = number(record, "session"), number(record, "score")
    if session < 0 or session % 1 or not LOWEST <= score <= HIGHEST:
        found = f"{record['session']}, {record['score']}"
        raise CMCError(f"{record.place}: expected a session from 0 and a score of 0 to 5, found {found}")
    for column in ("viewer", "picture"):
        # " v01" would be one viewer more, who shares no vote with v01.
        if not record[column] or record[column] != record[column].strip():
            raise CMCError(
                f"{record.place}: expected a {column}'s name without spaces around it, found {record[column]!r}"
            )
    return Vote(record["viewer"], int(session), record["picture"], dimension, score)
