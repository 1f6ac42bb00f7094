"""Votes read from a database that another process may be writing."""

import sqlite3
from contextlib import closing
from pathlib import Path

from cmc.raters.vote_store import StoredBallot, check_plan, stored_ballot
from cmc.raters.votes import Dimension


def has_votes(path: Path, identity: str) -> bool:
    """Whether there are votes. Raises CMCError for those of another study than `identity`, whose places are
    other pictures."""
    if not path.is_file():
        return False
    for (found,) in _read(path, "SELECT identity FROM study"):
        check_plan(path, found, identity)
    return True


def read_consents(path: Path) -> set[str]:
    """The viewers who agreed."""
    return {viewer for (viewer,) in _read(path, "SELECT viewer FROM consents")}


def read_ballots(path: Path) -> list[StoredBallot]:
    """All showings that were rated, by viewer and place."""
    return [stored_ballot(row) for row in _read(path, "SELECT * FROM showings ORDER BY viewer, place")]


def read_scores(path: Path) -> dict[tuple[str, str, Dimension], float]:
    """All scores by viewer, picture and dimension."""
    rows = _read(path, "SELECT viewer, picture, dimension, score FROM votes ORDER BY viewer, picture, dimension")
    return {(viewer, picture, dimension): score for viewer, picture, dimension, score in rows}


def _read(path: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()
