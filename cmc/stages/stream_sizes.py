"""`streams.csv`: what each coded picture costs in bytes and seconds, noted as soon as the picture is there."""

import contextlib
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from cmc.core.bits import bpp
from cmc.core.files import naming
from cmc.core.tables import write_csv

FILE = "streams.csv"
COLUMNS = ("name", "width", "height", "qp", "bytes", "bpp", "encode_s", "decode_s")


@dataclass(frozen=True)
class StreamSize:
    """One picture's stream: its key, GT size in pixels, the codec's setting (None for a pixel grid), bytes, and
    wall-clock seconds of either way."""

    name: str
    width: int
    height: int
    qp: int | None
    size_in_bytes: int
    encode_s: float
    decode_s: float

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def bpp(self) -> float:
        """Bits per pixel of the stream alone, without the header that tells a decoder mode and size."""
        return bpp(self.size_in_bytes, self.size)

    @classmethod
    def from_cells(cls, cells: Sequence[str]) -> "StreamSize":
        """From text in the order of COLUMNS. Raises ValueError for what is no number."""
        name, width, height, qp, size_in_bytes, _, encode_s, decode_s = cells
        setting = int(qp) if qp else None
        return cls(name, int(width), int(height), setting, int(size_in_bytes), float(encode_s), float(decode_s))

    def cells(self) -> list[object]:
        """In the order of COLUMNS."""
        qp = "" if self.qp is None else self.qp
        seconds = (f"{self.encode_s:.3f}", f"{self.decode_s:.3f}")
        return [self.name, *self.size, qp, self.size_in_bytes, f"{self.bpp:.6f}", *seconds]


class StreamTable:
    """The rows of a folder. Rows are appended while a run goes on and survive its being killed; at the end the file
    is written anew, sorted, without those that a later row replaces."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._rows = self.read()

    def read(self) -> dict[str, StreamSize]:
        """Rows by key; a last row that was cut off by a kill is left out, its picture is made again."""
        if not self._path.is_file():
            return {}
        with open(self._path, newline="", encoding="utf-8") as file:
            table = [cells for cells in csv.reader(file) if len(cells) == len(COLUMNS)]
        rows = {}
        for cells in table:
            try:
                row = StreamSize.from_cells(cells)
            except ValueError:
                continue  # the header, or a row cut off
            rows[row.name] = row
        return rows

    def add(self, row: StreamSize) -> None:
        """Note a row at once."""
        if self._rows.get(row.name) != row:
            self._rows[row.name] = row
            try:
                csv.writer(self._file, lineterminator="\n").writerow(row.cells())
                self._file.flush()
            except OSError as error:
                raise naming(error, self._path) from error

    def __enter__(self) -> "StreamTable":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._write()
        self._file = open(self._path, "a", newline="", encoding="utf-8")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # what could not be appended is written, or refused, below
            self._file.close()
        self._write()

    def _write(self) -> None:
        write_csv(self._path, COLUMNS, (self._rows[key].cells() for key in sorted(self._rows)))
