"""`manifest.csv`: what every picture of a folder of streams costs, part by part, and which have none, and why."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from cmc.core.bits import LIMITS, bits, bpp
from cmc.core.errors import CMCError
from cmc.core.tables import write_csv
from cmc.stream.container import split
from cmc.stream.files import SUFFIX, key_of_stream, list_streams, read_stream

FILE = "manifest.csv"
OK, MISSING = "ok", "no stream"


@dataclass(frozen=True)
class StreamRow:
    """A picture: its stream's file from the manifest's folder, mode, size (width, height) and bytes by part; or why it
    has none."""

    key: str
    file: str = ""
    mode: str = ""
    size: tuple[int, int] = (0, 0)
    parts: Mapping[str, int] | None = None
    status: str = OK

    @property
    def size_in_bytes(self) -> int:
        return sum((self.parts or {}).values())

    @property
    def bpp(self) -> float:
        """Of all parts."""
        return bpp(self.size_in_bytes, self.size)


@dataclass(frozen=True)
class Manifest:
    """The pictures of a folder, sorted by key; in several modes a row each."""

    rows: tuple[StreamRow, ...]

    @property
    def coded(self) -> list[StreamRow]:
        """Those that have a stream."""
        return [row for row in self.rows if row.parts is not None]

    @property
    def failed(self) -> dict[str, str]:
        """Reasons by key of those with which something is wrong."""
        return {row.key: row.status for row in self.rows if row.status != OK}

    def explained(self, reasons: Mapping[str, str]) -> "Manifest":
        """With `reasons`, by key, why something came to nothing; damaged streams keep their own."""
        told = [
            replace(row, status=reasons.get(row.key, row.status)) if row.status in (OK, MISSING) else row
            for row in self.rows
        ]
        return Manifest(tuple(told))

    def only(self, keys: Collection[str]) -> "Manifest":
        """Of these pictures alone."""
        return Manifest(tuple(row for row in self.rows if row.key in keys))

    def summary(self, outputs: str) -> str:
        """How many `outputs` there are, and what their streams cost in all and on average."""
        done = [row for row in self.coded if row.status == OK]
        counted = f"{len(done)} of {len(self.rows)} {outputs}"
        if not done:
            return counted
        total, rate = sum(row.size_in_bytes for row in done), fmean(row.bpp for row in done)
        within = ", ".join(f"{sum(row.bpp <= limit for row in done)} within {name}" for name, limit in LIMITS.items())
        return f"{counted}, {bits(total):,} bits in all, {rate:.5f} bpp on average ({within})"


def make_manifest(folder: Path, keys: Iterable[str] = ()) -> Manifest:
    """Of the streams in and below a folder, and of the pictures `keys` that were to be there."""
    try:
        paths = list_streams([folder])
    except CMCError:  # there is none
        paths = []
    rows = [_row(path, folder) for path in paths]
    present = {row.key for row in rows}
    rows += [StreamRow(key, status=MISSING) for key in keys if key not in present]
    return Manifest(tuple(sorted(rows, key=lambda row: (row.key, row.file))))


def _row(path: Path, folder: Path) -> StreamRow:
    file = path.relative_to(folder).as_posix()
    try:
        key, parts = key_of_stream(path), split(read_stream(path))
    except CMCError as error:
        return StreamRow(path.name.removesuffix(SUFFIX), file, status=str(error))
    return StreamRow(key, file, parts.header.mode.name, parts.header.size, parts.ledger())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, whole or not at all."""
    names = list(next((row.parts for row in manifest.rows if row.parts), {}))
    header = ["name", "file", "width", "height", *(f"bits_{name}" for name in names), "bits_total", "bpp", "status"]
    write_csv(folder / FILE, header, (_cells(row, names) for row in manifest.rows))


def _cells(row: StreamRow, names: Iterable[str]) -> list[object]:
    if row.parts is None:
        return [row.key, row.file, "", "", *("" for _ in names), "", "", row.status]
    parts = [bits(row.parts[name]) for name in names]
    return [row.key, row.file, *row.size, *parts, sum(parts), f"{row.bpp:.6f}", row.status]
