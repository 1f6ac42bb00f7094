"""Votes in SQLite: on disk once they are acknowledged, each once, whatever is sent twice or killed in between."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import datetime, timezone
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.raters.ballot import Ballot, Display
from cmc.raters.votes import Dimension

# A row a viewer, picture and dimension; beside them a row a showing, of what holds for both dimensions.
TABLES = """
CREATE TABLE IF NOT EXISTS study (identity TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS consents (viewer TEXT PRIMARY KEY, text_digest TEXT, at TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS votes (
    viewer TEXT, picture TEXT, dimension TEXT, score REAL NOT NULL, PRIMARY KEY (viewer, picture, dimension)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS showings (
    viewer TEXT, place INTEGER, picture TEXT NOT NULL, ballot TEXT NOT NULL, offensive INTEGER NOT NULL, at TEXT,
    dwell_ms REAL, screen_width REAL, screen_height REAL, window_width REAL, window_height REAL, pixel_ratio REAL,
    shown REAL, PRIMARY KEY (viewer, place), UNIQUE (viewer, picture)
) WITHOUT ROWID;
"""
# A correction takes the place's row; were a picture to stand at two places, it would be refused, not taken away there.
_SHOWING = "INSERT INTO showings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CLEAR = "DELETE FROM showings WHERE viewer = ? AND place = ?"
_VOTE = "INSERT INTO votes VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET score = excluded.score"


class OrderError(ValueError):
    """A ballot that comes out of turn, in plain words."""


@dataclass(frozen=True)
class StoredBallot:
    """What is kept of a showing: the ballot that stands, when it came (UTC, ISO 8601), and how it was looked at."""

    viewer: str
    place: int
    picture: str
    ballot: str
    offensive: bool
    at: str
    dwell_ms: float
    display: Display


class VoteStore:
    """Votes of the study `identity` in a database at `path`. Raises CMCError for the votes of another. Safe in threads.

    Each ballot is one transaction, in the write-ahead log and synced to disk (synchronous = FULL) before `cast` comes
    back: what was acknowledged outlives a killed server and a power cut; what was not is there whole or not at all.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(TABLES)
        with self._transaction() as connection:
            connection.execute("INSERT INTO study SELECT ? WHERE NOT EXISTS (SELECT 1 FROM study)", (identity,))
            found = connection.execute("SELECT identity FROM study").fetchone()[0]
        try:
            check_plan(path, found, identity)
        except CMCError:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._connection.close()

    def consent(self, viewer: str, text_digest: str) -> None:
        """Remember that a viewer agreed to a text; the first time counts."""
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO consents VALUES (?, ?, ?)", (viewer, text_digest, _now()))

    def consented(self, viewer: str) -> bool:
        """Whether a viewer did."""
        return bool(self._all("SELECT 1 FROM consents WHERE viewer = ?", viewer))

    def done(self, viewer: str) -> int:
        """How many showings a viewer has rated: those at all places before this one."""
        return int(self._all("SELECT COUNT(*) FROM showings WHERE viewer = ?", viewer)[0][0])

    def cast(self, viewer: str, picture: str, ballot: Ballot) -> int:
        """Keep a ballot, and say how many showings are done.

        A ballot that is there already changes nothing. One of the next place is added. One of an earlier place takes
        the place of the ballot that it names, if that one stands; raises OrderError for every other.
        """
        with self._transaction() as connection:
            own = "FROM showings WHERE viewer = ?"
            done = int(connection.execute(f"SELECT COUNT(*) {own}", (viewer,)).fetchone()[0])
            row = connection.execute(f"SELECT ballot {own} AND place = ?", (viewer, ballot.place)).fetchone()
            standing = row[0] if row else ""
            if standing == ballot.identifier:
                return done
            if ballot.place > done:
                raise OrderError("pictures are rated in their order, and one before this is not rated yet")
            if standing != ballot.replaces:
                raise OrderError("another vote stands here, and this one does not say that it corrects it")
            self._write(connection, viewer, picture, ballot)
            return done if standing else done + 1

    def last(self, viewer: str) -> tuple[StoredBallot, dict[Dimension, float]] | None:
        """The latest showing that a viewer rated, and its scores."""
        rows = self._all("SELECT * FROM showings WHERE viewer = ? ORDER BY place DESC LIMIT 1", viewer)
        if not rows:
            return None
        stored = stored_ballot(rows[0])
        scores = self._all(
            "SELECT dimension, score FROM votes WHERE viewer = ? AND picture = ?", viewer, stored.picture
        )
        return stored, dict(scores)

    def forget(self, viewer: str) -> int:
        """Delete all that is kept of a viewer, on disk too, and say how many showings there were."""
        self._connection.execute("PRAGMA secure_delete = ON")
        done = self.done(viewer)
        with self._transaction() as connection:
            for table in ("votes", "showings", "consents"):
                connection.execute(f"DELETE FROM {table} WHERE viewer = ?", (viewer,))
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return done

    def _write(self, connection: sqlite3.Connection, viewer: str, picture: str, ballot: Ballot) -> None:
        said = (ballot.identifier, ballot.offensive, _now(), ballot.dwell_ms, *astuple(ballot.display))
        connection.execute(_CLEAR, (viewer, ballot.place))
        connection.execute(_SHOWING, (viewer, ballot.place, picture, *said))
        connection.executemany(_VOTE, [(viewer, picture, name, score) for name, score in ballot.scores.items()])

    def _all(self, query: str, *values: str) -> list[tuple]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def check_plan(path: Path, found: str, identity: str) -> None:
    """Raises CMCError where the votes at `path`, of the study `found`, are not of the study `identity`."""
    if found != identity:
        raise CMCError(f"{path} holds votes of another plan; put that plan back, or move the votes away")


def stored_ballot(row: tuple) -> StoredBallot:
    """From a row of `showings`."""
    viewer, place, picture, ballot, offensive, at, dwell_ms, *display = row
    return StoredBallot(viewer, place, picture, ballot, bool(offensive), at, dwell_ms, Display(*display))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
