"""What was found out about files, remembered by path, size, time of change and inode: a file is read once, not in every
run."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

# A file changed again within the clock's step of many file systems keeps its time; so young a file is not remembered.
SETTLED_NS = 2_000_000_000
# What is found out, each a text; `header`: what a picture's says.
KINDS = BYTES, PIXELS, HEADER = "bytes", "pixels", "header"
TABLE = (
    "CREATE TABLE IF NOT EXISTS files (folder TEXT, name TEXT, size INTEGER, mtime INTEGER, inode INTEGER, "
    f"{', '.join(f'{kind} TEXT' for kind in KINDS)}, PRIMARY KEY (folder, name)) WITHOUT ROWID"
)
# Of an earlier layout, which nothing reads any more.
OLD_TABLE = "digests"
_SELECT = f"SELECT name, size, mtime, inode, {', '.join(KINDS)} FROM files WHERE folder = ?"
_INSERT = f"INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?{', ?' * len(KINDS)})"

# (folder, name) as a file's path has them.
Place = tuple[str, str]
# (size, time of change, inode), and a text of each of KINDS, None where it was not found out.
State = tuple[int, int, int]
_Texts = tuple[str | None, ...]
_Folder = dict[str, tuple[State, _Texts]]


class KnownFiles:
    """`path`: where it is kept, in memory alone where nothing can be written. Safe in threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        # Folders are read whole, and once: asking the database for one file takes longer than looking at the file.
        self._folders: dict[str, _Folder] = {}
        self._resolved: dict[str, str] = {}
        self._path = path
        self._opened: sqlite3.Connection | None = None

    def knows(self, path: Path, kind: str) -> bool:
        """Whether one of KINDS is known of a file as it is now."""
        try:
            return self._known(_place(path), _state(path), kind) is not None
        except OSError:
            return False

    def find_out(self, path: Path, kind: str, read: Callable[[Path], str]) -> str:
        """What is known of a file, or else what `read` says, whose errors are raised. Raises OSError where there is no
        such file."""
        place, state = _place(path), _state(path)
        known = self._known(place, state, kind)
        if known is not None:
            return known
        text = read(path)
        if _state(path) == state:
            self._remember(place, state, kind, text)
        return text

    def _known(self, place: Place, state: State, kind: str) -> str | None:
        folder, name = place
        return _texts(self._folder(self._key(folder)), name, state)[KINDS.index(kind)]

    def _key(self, folder: str) -> str:
        """A folder without links, however it was named."""
        if folder not in self._resolved:
            self._resolved[folder] = os.path.realpath(folder)
        return self._resolved[folder]

    def _folder(self, key: str) -> _Folder:
        with self._lock:
            if key not in self._folders:
                self._folders[key] = self._load(key)
            return self._folders[key]

    def _connection(self) -> sqlite3.Connection:
        """Opened when a file is first asked for: a command that is refused before leaves nothing behind."""
        if self._opened is None:
            try:
                self._opened = _open(str(self._path))
            except sqlite3.Error:
                self._opened = _open(":memory:")
        return self._opened

    def _load(self, key: str) -> _Folder:
        try:
            rows = self._connection().execute(_SELECT, (key,)).fetchall()
        except sqlite3.Error:
            return {}
        return {name: ((size, mtime, inode), tuple(texts)) for name, size, mtime, inode, *texts in rows}

    def _remember(self, place: Place, state: State, kind: str, text: str) -> None:
        key, name = self._key(place[0]), place[1]
        folder = self._folder(key)
        with self._lock:
            texts = [*_texts(folder, name, state)]
            texts[KINDS.index(kind)] = text
            folder[name] = state, tuple(texts)
            if time.time_ns() - state[1] < SETTLED_NS:
                return
            try:
                with self._connection() as connection:
                    connection.execute(_INSERT, (key, name, *state, *texts))
            except sqlite3.Error:
                pass  # it only saves reading again


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
    # Losing it to a power cut costs reading the files again.
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        connection.execute(f"DROP TABLE IF EXISTS {OLD_TABLE}")
        connection.execute(TABLE)
    return connection


def _texts(folder: _Folder, name: str, state: State) -> _Texts:
    """Of a file that is still as it was; else none."""
    known = folder.get(name)
    return known[1] if known is not None and known[0] == state else (None,) * len(KINDS)


def _place(path: Path) -> Place:
    return os.path.split(path)


def _state(path: Path) -> State:
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns, status.st_ino
