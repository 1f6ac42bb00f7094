"""Tables as CSV text, written in one way: UTF-8, one header, lines ended by a newline alone."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from cmc.core.files import write_atomic

Row = Sequence[object]


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
