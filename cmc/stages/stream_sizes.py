"""`streams.csv`: what each picture of a codec cost in bytes and seconds, noted as soon as the picture is there."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from cmc.core.bits import bpp
from cmc.core.files import write_atomic
from cmc.stream.header import LENGTH

FILE = "streams.csv"
COLUMNS = ("name", "width", "height", "qp", "bytes", "bpp", "encode_s", "decode_s")


@dataclass(frozen=True)
class Line:
    """One picture: its key, GT size in pixels, setting, bytes of its stream, wall-clock seconds of either way."""

    name: str
    width: int
    height: int
    qp: int
    bytes: int
    encode_s: float
    decode_s: float

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def bpp(self) -> float:
        """Bits per pixel of the stream and of the header that tells the decoder mode and size."""
        return bpp(LENGTH + self.bytes, self.size)

    def cells(self) -> list[object]:
        """In the order of COLUMNS."""
        seconds = (f"{self.encode_s:.3f}", f"{self.decode_s:.3f}")
        return [self.name, *self.size, self.qp, self.bytes, f"{self.bpp:.6f}", *seconds]


class Ledger:
    """The lines of a folder. Lines are appended while a run goes on and survive its being killed; at the end the file
    is written anew, sorted, without those that a later line replaces."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lines = self.read()

    def read(self) -> dict[str, Line]:
        """Lines by key; a last line that was cut off by a kill is left out, its picture is made again."""
        if not self._path.is_file():
            return {}
        with open(self._path, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if len(row) == len(COLUMNS)]
        found = {}
        for name, width, height, qp, size, _, encode_s, decode_s in rows:
            try:
                found[name] = Line(name, int(width), int(height), int(qp), int(size), float(encode_s), float(decode_s))
            except ValueError:
                continue  # the header, or a line cut off
        return found

    def add(self, line: Line) -> None:
        """Note a line at once."""
        if self._lines.get(line.name) != line:
            self._lines[line.name] = line
            csv.writer(self._file, lineterminator="\n").writerow(line.cells())
            self._file.flush()

    def __enter__(self) -> "Ledger":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._write()
        self._file = open(self._path, "a", newline="", encoding="utf-8")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()
        self._write()

    def _write(self) -> None:
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        writer.writerows([COLUMNS, *(self._lines[key].cells() for key in sorted(self._lines))])
        write_atomic(self._path, rows.getvalue().encode())
