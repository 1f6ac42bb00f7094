"""Which images of all a run takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError, some
from cmc.core.tables import decode
from cmc.core.workspace import key_of


@dataclass(frozen=True)
class Choice:
    """The images of `keys` (None: all), and of those the first `limit` by name (None: all); `path`: the list that the
    keys were read from."""

    limit: int | None = None
    keys: frozenset[str] | None = None
    path: Path | None = None

    def split(self, keys: Iterable[str]) -> tuple[list[str], frozenset[str]]:
        """(those of `keys` that are taken, in order; the others). Raises CMCError for a named one that is not there."""
        listed = list(keys)
        absent = sorted((self.keys or frozenset()).difference(listed))
        if absent:
            raise CMCError(f"{self.path}: {len(absent)} image(s) that are not there: {some(absent)}; take them out")
        named = [key for key in listed if self.keys is None or key in self.keys]
        taken = named if self.limit is None else named[: self.limit]
        return taken, frozenset(listed).difference(taken)


def read_choice(path: Path | None, limit: int | None) -> Choice:
    """A list of images, a file name a line, empty lines left out. Raises CMCError for one without any."""
    if path is None:
        return Choice(limit)
    lines = decode(path.read_bytes(), str(path)).splitlines()
    keys = frozenset(key_of(line.strip()) for line in lines if line.strip())
    if not keys:
        raise CMCError(f"{path} names no image; expected a file name a line")
    return Choice(limit, keys, path)
