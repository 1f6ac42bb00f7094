"""What each picture of an imported result cost, as its author says: their table, and `stated.csv`, which is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmc.core.bits import Rate, bits
from cmc.core.errors import CMCError, some
from cmc.core.origin import text_digest
from cmc.core.tables import Record, number, read_csv, whole_number, write_csv
from cmc.core.workspace import key_of, name_in

FILE = "stated.csv"
COLUMNS = ("name", "bits", "bpp")
UNITS = ("bytes", "bits", "bpp")


@dataclass(frozen=True)
class StatedBits:
    """One picture's bits, from 1, and those per ground-truth pixel."""

    bits: int
    bpp: float

    @classmethod
    def of(cls, record: Record, unit: str, size: tuple[int, int]) -> "StatedBits":
        """From a row of an author's table, in a unit of UNITS, and the ground truth's (width, height).

        A rate comes to the nearest whole bit. Raises CMCError, with the line, for what is no such amount.
        """
        pixels = size[0] * size[1]
        if unit != "bpp":
            amount = whole_number(record, unit)
            count = bits(amount) if unit == "bytes" else amount
            return cls(count, count / pixels)
        rate = number(record, unit)
        if round(rate * pixels) < 1:
            raise CMCError(f"{record.place}: bpp is {rate:g}, less than one bit for {size[0]}x{size[1]} pixels")
        return cls(round(rate * pixels), rate)

    @property
    def digest(self) -> str:
        """Which stands for that of the stream that was never here."""
        return text_digest(f"{self.bits} bits, {self.bpp!r} bpp")

    @property
    def rate(self) -> Rate:
        """As scores have it."""
        return Rate(0, self.bits, self.bits, self.bpp, stated=True)


@dataclass(frozen=True)
class AuthorsTable:
    """A table `name,bytes`, `name,bits` or `name,bpp`: its unit, and its rows by key."""

    path: Path
    unit: str
    rows: Mapping[str, Record]

    @classmethod
    def read(cls, path: Path) -> "AuthorsTable":
        """Raises CMCError where the table has not one of UNITS alone, or names a picture twice."""
        if not path.is_file():
            raise CMCError(f"--bits {path}: no such file; expected a CSV with name and one of {', '.join(UNITS)}")
        records = read_csv(path, ("name",))
        units = [unit for unit in UNITS if unit in records[0].cells]
        if len(units) != 1:
            found = some(records[0].cells, 20)
            raise CMCError(f"{path}: expected exactly one of the columns {', '.join(UNITS)}, found {found}; keep one")
        rows: dict[str, Record] = {}
        for record in records:
            first = rows.setdefault(key_of(name_in(record)), record)
            if first is not record:
                raise CMCError(f"{record.place}: {record['name']!r} stands in line {first.line} too; keep one")
        return cls(path, units[0], rows)


def read_stated(folder: Path) -> Mapping[str, StatedBits] | None:
    """The bits by key that an imported result's folder keeps; None where it keeps no table. Raises CMCError for one
    that is damaged."""
    path = folder / FILE
    if not path.is_file():
        return None
    records = read_csv(path, COLUMNS, may_be_empty=True)
    return {record["name"]: StatedBits(whole_number(record, "bits"), number(record, "bpp")) for record in records}


def write_stated(folder: Path, stated: Mapping[str, StatedBits]) -> None:
    """Keep them, with the rows there of other pictures."""
    rows = {**(read_stated(folder) or {}), **stated}
    write_csv(folder / FILE, COLUMNS, ([key, rows[key].bits, repr(rows[key].bpp)] for key in sorted(rows)))
