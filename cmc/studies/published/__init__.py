"""Table A1 of the paper as printed: VVC at four QPs and what an unnamed decoder makes of it in full mode."""

from dataclasses import dataclass
from importlib.resources import files

from cmc.core.tables import parse_csv


@dataclass(frozen=True)
class PublishedRow:
    """One printed row. `name`: Original, CMC or Improve; `cells`: what is printed, with its digits and signs, by the
    column of the metric."""

    qp: int
    name: str
    source: str
    cells: dict[str, str]


def table_a1() -> list[PublishedRow]:
    """The twelve rows, in the printed order."""
    text = files(__package__).joinpath("table_a1.csv").read_text(encoding="utf-8")
    return [_row(dict(record.cells)) for record in parse_csv(text, "table_a1", ("source", "qp", "row"))]


def _row(cells: dict[str, str]) -> PublishedRow:
    source, qp, name = (cells.pop(column) for column in ("source", "qp", "row"))
    return PublishedRow(int(qp), name, source, cells)
