"""`streams.csv`: what each coded picture costs in bytes and seconds, noted as soon as the picture is there."""

import contextlib
import csv
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from cmc.core.bits import bpp
from cmc.core.files import naming
from cmc.core.origin import Origin
from cmc.core.tables import Record, decode, number, parse_csv, whole_number, write_csv

FILE = "streams.csv"
COLUMNS = ("name", "width", "height", "qp", "bytes", "bpp", "encode_s", "decode_s")
# What the stream was made from, and its own digest; tables of before lack them, and their streams are stale. Only some
# codecs read captions, and tables of before that say nothing of one.
DIGESTS = ("gt_digest", "settings_digest", "stream_digest", "caption_digest")


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
    def from_record(cls, record: Record) -> "StreamSize":
        """From a row of the table. Raises CMCError, with the line, for what is no such row."""
        gt, settings, stream, caption = (record.cells.get(column, "") for column in DIGESTS)
        return cls(
            name=record["name"],
            width=whole_number(record, "width"),
            height=whole_number(record, "height"),
            qp=int(number(record, "qp")) if record["qp"] else None,
            size_in_bytes=whole_number(record, "bytes"),
            encode_s=number(record, "encode_s"),
            decode_s=number(record, "decode_s"),
            origin=Origin(gt=gt, settings=settings, stream=stream, caption=caption),
        )

    def cells(self) -> list[object]:
        """In the order of COLUMNS and DIGESTS."""
        qp = "" if self.qp is None else self.qp
        seconds = (f"{self.encode_s:.3f}", f"{self.decode_s:.3f}")
        digests = (self.origin.gt, self.origin.settings, self.origin.stream, self.origin.caption)
        return [self.name, *self.size, qp, self.size_in_bytes, f"{self.bpp:.6f}", *seconds, *digests]


class StreamTable:
    """The rows of a folder. Rows are appended while a run goes on and survive its being killed; at the end the file
    is written anew, sorted, without those that a later row replaces.

    Raises CMCError that names the line of a table which is damaged otherwise; without it, all is coded anew.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.rows = self._read()

    def _read(self) -> dict[str, StreamSize]:
        """Rows by key; a last row that was cut off by a kill is left out, its picture is made again."""
        if not self._path.is_file():
            return {}
        text = decode(self._path.read_bytes(), str(self._path))
        whole = text[: text.rfind("\n") + 1]
        records = parse_csv(whole, str(self._path), COLUMNS, may_be_empty=True) if whole else []
        return {row.name: row for row in map(StreamSize.from_record, records)}

    def add(self, row: StreamSize) -> None:
        """Note a row at once."""
        if self.rows.get(row.name) != row:
            self.rows[row.name] = row
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
        write_csv(self._path, (*COLUMNS, *DIGESTS), (self.rows[key].cells() for key in sorted(self.rows)))
