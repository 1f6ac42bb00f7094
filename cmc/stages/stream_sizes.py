"""`streams.csv`: what each coded picture costs in bytes and seconds, noted as soon as the picture is there."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from cmc.core.bits import bpp
from cmc.core.errors import CMCError, reason
from cmc.core.origin import Origin
from cmc.core.tables import write_csv

FILE = "streams.csv"
COLUMNS = ("name", "width", "height", "qp", "bytes", "bpp", "encode_s", "decode_s")
# What the stream was made from, and its own digest; tables of before lack them, and their streams are stale.
DIGESTS = ("gt_digest", "settings_digest", "stream_digest")


@dataclass(frozen=True)
class StreamSize:
    """One picture's stream: its key, GT size in pixels, the codec's setting (None for a pixel grid), bytes, and
    wall-clock seconds of either way. origin: what it was made from, and the stream's own digest."""

    name: str
    width: int
    height: int
    qp: int | None
    size_in_bytes: int
    encode_s: float
    decode_s: float
    origin: Origin = field(default_factory=Origin)

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def bpp(self) -> float:
        """Bits per pixel of the stream alone, without the header that tells a decoder mode and size."""
        return bpp(self.size_in_bytes, self.size)

    @classmethod
    def from_cells(cls, cells: Sequence[str]) -> "StreamSize":
        """From text in the order of COLUMNS and DIGESTS. Raises ValueError for what is no row."""
        if len(cells) not in (len(COLUMNS), len(COLUMNS) + len(DIGESTS)):
            raise ValueError(f"{len(cells)} cells, expected {len(COLUMNS) + len(DIGESTS)}")
        name, width, height, qp, size_in_bytes, _, encode_s, decode_s, *digests = cells
        gt, settings, stream = digests or ("", "", "")
        origin = Origin(gt=gt, settings=settings, stream=stream)
        setting = int(qp) if qp else None
        return cls(name, int(width), int(height), setting, int(size_in_bytes), float(encode_s), float(decode_s), origin)

    def cells(self) -> list[object]:
        """In the order of COLUMNS and DIGESTS."""
        qp = "" if self.qp is None else self.qp
        seconds = (f"{self.encode_s:.3f}", f"{self.decode_s:.3f}")
        digests = (self.origin.gt, self.origin.settings, self.origin.stream)
        return [self.name, *self.size, qp, self.size_in_bytes, f"{self.bpp:.6f}", *seconds, *digests]


class StreamTable:
    """The rows of a folder. Rows are appended while a run goes on and survive its being killed; at the end the file
    is written anew, sorted, without those that a later row replaces.

    Raises CMCError that names the line of a table which is damaged otherwise.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.rows = self._read()

    def _read(self) -> dict[str, StreamSize]:
        """Rows by key; a last row that was cut off by a kill is left out, its picture is made again."""
        if not self._path.is_file():
            return {}
        try:
            text = self._path.read_bytes().decode("utf-8")
            whole = text[: text.rfind("\n") + 1]
            lines = list(csv.reader(io.StringIO(whole, newline=""), strict=True))
            if lines and tuple(lines[0][: len(COLUMNS)]) != COLUMNS:
                raise ValueError(f"line 1 is not {','.join(COLUMNS)},…")
            rows = [_row(number, cells) for number, cells in enumerate(lines[1:], start=2)]
        except (ValueError, csv.Error) as error:
            remedy = "delete it, and its streams are made anew"
            raise CMCError(f"{self._path} is damaged ({reason(error)}); {remedy}") from error
        return {row.name: row for row in rows}

    def add(self, row: StreamSize) -> None:
        """Note a row at once."""
        if self.rows.get(row.name) != row:
            self.rows[row.name] = row
            csv.writer(self._file, lineterminator="\n").writerow(row.cells())
            self._file.flush()

    def __enter__(self) -> "StreamTable":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._write()
        self._file = open(self._path, "a", newline="", encoding="utf-8")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()
        self._write()

    def _write(self) -> None:
        write_csv(self._path, (*COLUMNS, *DIGESTS), (self.rows[key].cells() for key in sorted(self.rows)))


def _row(number: int, cells: Sequence[str]) -> StreamSize:
    try:
        return StreamSize.from_cells(cells)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from error
