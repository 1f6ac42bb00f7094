"""Scores kept on disk by content: what was scored once is not scored again, and a changed file always is."""

import hashlib
import json
import math
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

from cmc.core.errors import CMCError

FILE = ".scores.sqlite"


def score_key(identity: Mapping[str, object], picture: str, gt: str | None, caption: str | None = None) -> str:
    """What a score is filed under: the metric's identity and the SHA-256 of both files (`gt`: None for NR), and the
    caption, if the metric reads it."""
    ingredients: dict[str, object] = {"identity": dict(identity), "picture": picture, "gt": gt}
    if caption is not None:
        ingredients["caption"] = caption
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()


class ScoreCache:
    """A table of key and score in one SQLite file, which survives a kill at any moment; safe in threads.

    Raises CMCError when the file is no such table or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open()
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _open(self) -> None:
        # Another run on the same results may hold the lock for a moment.
        self._connection = sqlite3.connect(self._path, timeout=60, check_same_thread=False)
        with self._connection:
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS scores (key TEXT PRIMARY KEY, score REAL) WITHOUT ROWID"
            )
            self._connection.execute("SELECT key, score FROM scores LIMIT 1")

    def get(self, key: str) -> float | None:
        """The score of a key, NaN of a picture that the metric leaves out; None if it is not there."""
        try:
            with self._lock:
                row = self._connection.execute("SELECT score FROM scores WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            raise self._error(error) from error
        if row is None:
            return None
        return math.nan if row[0] is None else float(row[0])  # SQLite keeps NaN as NULL

    def put(self, scores: Mapping[str, float]) -> None:
        """Keep scores by key, all of them or none."""
        try:
            with self._lock, self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?)", scores.items())
        except sqlite3.Error as error:
            raise self._error(error) from error

    def __enter__(self) -> "ScoreCache":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _error(self, error: sqlite3.Error) -> CMCError:
        return CMCError(f"{self._path}: {error}; make room, or delete this file (it only saves computing again)")
