"""The benchmark's own figures, as printed: the README's two leaderboards and the paper's tables 3, 4 and 5.

Tables 3 (ULB) and 4 (ELB) split the README's T2I leaderboard by content type, table 5 its I2T leaderboard (full and
pixel mode only). Table 5's LLAVA-1.5 is called LLAVA here, as in the README.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from cmc.core.tables import parse_csv
from cmc.core.workspace import ALL
from cmc.scores.summary import Key

TABLES = ("readme_t2i", "readme_i2t", "table3", "table4", "table5")
# The columns beside those of scores.
NAMED = ("model", "source", "overall")


@dataclass(frozen=True)
class Published:
    """One printed row: mean scores by (content, mode, metric), and `overall` with the digits that were printed."""

    model: str
    source: str
    cells: Mapping[Key, float]
    overall: str


def load_published(table: str) -> list[Published]:
    """The rows of one of TABLES, in the printed order."""
    text = files(__package__).joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return [_row(dict(record.cells)) for record in parse_csv(text, table, NAMED)]


def _row(row: dict[str, str]) -> Published:
    model, source, overall = (row.pop(column) for column in NAMED)
    return Published(model, source, {_key(column): float(cell) for column, cell in row.items() if cell}, overall)


def _key(column: str) -> Key:
    """`full_fr` or `full_fr_NSI`."""
    mode, metric, *content = column.split("_")
    return (content[0] if content else ALL, mode, metric)
