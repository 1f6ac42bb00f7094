"""Digests of files, remembered by path, size, time of change and inode: a file is read once, not in every run."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cmc.core.errors import ImageError
from cmc.core.files import sha256
from cmc.core.images import load_rgb
from cmc.core.origin import DIGITS, digest
from cmc.core.prefetch import prefetched

FILE = ".digests.sqlite"
# What a digest is of.
BYTES, PIXELS = "bytes", "pixels"
# A file changed again within the clock's step of many file systems keeps its time; so young a file is not remembered.
SETTLED_NS = 2_000_000_000
TABLE = (
    "CREATE TABLE IF NOT EXISTS digests "
    "(path TEXT, kind TEXT, size INTEGER, mtime INTEGER, inode INTEGER, digest TEXT, PRIMARY KEY (path, kind))"
)


class FileDigests:
    """Digests of files; `path`: where they are kept, in memory alone where nothing can be written. Safe in threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        # What this process read, files that are too young to be remembered among them.
        self._read: dict[tuple[str, str], tuple[int, int, int, str]] = {}
        try:
            self._connection = _open(str(path))
        except sqlite3.Error:
            self._connection = _open(":memory:")

    def of_file(self, path: Path) -> str:
        """Of a file's bytes. Raises OSError where it cannot be read."""
        return self._remembered(path, BYTES, _of_bytes)

    def of_pixels(self, path: Path) -> str:
        """Of a picture's size and RGB pixels, so that another packing of the same picture is the same."""
        return self._remembered(path, PIXELS, _of_pixels)

    def of_picture(self, path: Path) -> str | None:
        """As `of_pixels`; None of a picture that cannot be read, which whoever loads it will name."""
        try:
            return self.of_pixels(path)
        except (OSError, ImageError):
            return None

    def knows(self, path: Path, kind: str) -> bool:
        """Whether a digest of BYTES or PIXELS is remembered, so that the file need not be read."""
        try:
            known = self._get((str(path.resolve()), kind))
            return known is not None and known[:3] == _state(path)
        except OSError:
            return False

    def _remembered(self, path: Path, kind: str, compute: Callable[[Path], str]) -> str:
        key = (str(path.resolve()), kind)
        state = _state(path)
        known = self._get(key)
        if known is not None and known[:3] == state:
            return str(known[3])
        value = compute(path)
        if _state(path) == state:
            self._put(key, (*state, value))
        return value

    def _get(self, key: tuple[str, str]) -> tuple[int, int, int, str] | None:
        if key in self._read:
            return self._read[key]
        query = "SELECT size, mtime, inode, digest FROM digests WHERE path = ? AND kind = ?"
        try:
            with self._lock:
                row: tuple[int, int, int, str] | None = self._connection.execute(query, key).fetchone()
        except sqlite3.Error:
            return None
        return row

    def _put(self, key: tuple[str, str], entry: tuple[int, int, int, str]) -> None:
        self._read[key] = entry
        if time.time_ns() - entry[1] < SETTLED_NS:
            return
        try:
            with self._lock, self._connection:
                self._connection.execute("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?)", (*key, *entry))
        except sqlite3.Error:
            pass  # it only saves reading again


def read_ahead(paths: Iterable[Path], of: Callable[[Path], str], workers: int = 4) -> Iterator[tuple[Path, str | None]]:
    """(path, digest) of files in order, read in threads; None of one that cannot be read, which others name."""

    def of_one(path: Path) -> str | None:
        try:
            return of(path)
        except (OSError, ImageError):
            return None

    return prefetched(of_one, paths, workers, depth=4 * workers)


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
    # Losing it to a power cut costs reading the files again.
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        connection.execute(TABLE)
    return connection


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _of_bytes(path: Path) -> str:
    return sha256(path)[:DIGITS]


def _of_pixels(path: Path) -> str:
    image = load_rgb(path)
    return digest(f"{image.width}x{image.height}:".encode() + image.tobytes())
