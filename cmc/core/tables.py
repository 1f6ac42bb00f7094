"""Tables as CSV text, written and read in one way: UTF-8, one header, lines ended by a newline alone."""

import csv
import io
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError, reason, some
from cmc.core.files import write_atomic

Row = Sequence[object]

# Cells in quotes, with quotes in them doubled, or without any (RFC 4180, section 2).
CELL = r'(?:"[^"]*(?:""[^"]*)*"|[^",]*)'
STRICT_ROW = re.compile(rf"{CELL}(?:,{CELL})*[\r\n]*")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# What Python would take beyond these (1_000, digits of other scripts) was meant otherwise, or is none.
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
WHOLE_NUMBER = re.compile(r"0*[1-9][0-9]{0,8}")
SEPARATORS = {";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True)
class Record:
    """A row that was read: the table's name, the line where it begins, from 1, and the cells by column, as written."""

    where: str
    line: int
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        """What errors call it by."""
        return f"{self.where}, line {self.line}"

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True)
class Table:
    """A header, and rows of cells as they are printed and written."""

    header: list[str]
    rows: list[list[str]]


def format_csv(header: Sequence[str], rows: Iterable[Row]) -> str:
    """The text of a table; what a comma, a quote or a line's end in a cell would break is quoted."""
    table = [header, *rows]
    # A bare carriage return would end the row when it is read back; this Python quotes it only on request.
    carriage_return = any("\r" in cell for row in table for cell in row if isinstance(cell, str))
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC if carriage_return else csv.QUOTE_MINIMAL
    )
    writer.writerows(table)
    return text.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a table, whole or not at all."""
    write_atomic(path, format_csv(header, rows).encode("utf-8"))


def read_csv(path: Path, columns: Collection[str], may_be_empty: bool = False) -> list[Record]:
    """The rows of a table that has `columns`, among others, in any order; nothing in them is altered.

    UTF-8 with or without a BOM; empty lines are left out. Raises CMCError, with the line, for what is no such table:
    another encoding or separator, a column missing or twice, a row of another length than the header, a quote that is
    not doubled or not closed, and, unless it `may_be_empty`, no row at all.
    """
    return parse_csv(decode(path.read_bytes(), str(path)), str(path), columns, may_be_empty)


def decode(data: bytes, where: str) -> str:
    """The text of a table's bytes; `where` names it in errors (CMCError)."""
    if data.startswith(UTF_16):
        raise _no_table(where, "it is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _no_table(where, f"line {line} holds the byte {data[error.start]:#04x}; save it as UTF-8") from error


def parse_csv(text: str, where: str, columns: Collection[str], may_be_empty: bool = False) -> list[Record]:
    """As `read_csv`, of text; `where` names it in errors."""
    before, zero, _ = text.partition("\0")
    if zero:
        line = before.count("\n") + 1
        raise _no_table(where, f"line {line} holds a zero byte; save it as UTF-8")
    rows = _rows(text, where)
    _, header = next(rows, (1, []))
    _check_header(header, where, columns)
    records = []
    for line, cells in rows:
        if len(cells) != len(header):
            lengths = f"line {line} has {len(cells)} cells, the header {len(header)}"
            raise _no_table(where, f"{lengths}; put cells with commas in quotes")
        records.append(Record(where, line, dict(zip(header, cells, strict=True))))
    if not records and not may_be_empty:
        raise _no_table(where, "it has no row below its header")
    return records


class _Lines:
    """The lines of a text for csv.reader, and those of the row that it reads."""

    def __init__(self, text: str) -> None:
        self._source = io.StringIO(text, newline="")
        self.row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.row.append(line)
            yield line


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line where it begins."""
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    start = 1
    try:
        for cells in reader:
            # The module takes a quote inside a cell without quotes as it stands, whatever was meant.
            if '"' in "".join(cells) and not STRICT_ROW.fullmatch("".join(lines.row)):
                raise _no_table(where, f"line {start} has a quote in a cell without quotes; quote the cell")
            if cells:
                yield start, cells
            start = reader.line_num + 1
            lines.row.clear()
    except csv.Error as error:
        raise _no_table(where, f"line {start}: {reason(error)}; write a quote in a quoted cell twice") from error


def _check_header(header: Sequence[str], where: str, columns: Collection[str]) -> None:
    absent = [column for column in columns if column not in header]
    if not header:
        raise _no_table(where, "it is empty")
    for separator, name in SEPARATORS.items():
        if absent and any(separator in cell for cell in header):
            raise _no_table(where, f"its cells are separated by {name}; save it with commas")
    if absent:
        raise CMCError(f"{where} lacks the column {' and '.join(absent)}; it has {reason(some(header, 20))}")
    # An index and what a spreadsheet leaves behind have no name.
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise _no_table(where, f"it has the column {' and '.join(twice)} twice")


def number(record: Record, column: str) -> float:
    """A finite number. Raises CMCError, with the line, for any other text."""
    text = record[column].strip()
    if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise CMCError(f"{record.place}: {column} is no number: {reason(repr(text), 40)}")
    return float(text)


def whole_number(record: Record, column: str) -> int:
    """A whole number from 1 of at most nine digits. Raises CMCError, with the line, for any other text."""
    text = record[column].strip()
    if not WHOLE_NUMBER.fullmatch(text):
        raise CMCError(f"{record.place}: {column} is no whole number from 1: {reason(repr(text), 40)}")
    return int(text)


def _no_table(where: str, found: str) -> CMCError:
    return CMCError(f"{where} is not a UTF-8 CSV: {found}")
