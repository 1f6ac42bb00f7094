"""What metrics of whole folders said of a target: the reader of those columns of `summary.csv`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.tables import Record, number, read_csv, whole_number
from cmc.core.workspace import ALL

# The columns stand between these two, the intervals and counts of pictures' means behind them.
BEFORE, AFTER = "overall", "n"


@dataclass(frozen=True)
class SetScores:
    """Distances of one mode's pictures, all together, by column; over `n` pictures."""

    values: Mapping[str, float]
    n: int


def read_set_scores(path: Path) -> dict[str, SetScores]:
    """By mode, over images of all content types; only modes that have any. Nothing for a file that is not there.

    Raises CMCError for one that is not as `write_summary` writes it.
    """
    if not path.is_file():
        return {}
    records = read_csv(path, ("mode", "content_type", BEFORE, AFTER))
    try:
        found = {record["mode"]: _set_scores(record) for record in records if record["content_type"] == ALL}
    except CMCError as error:
        raise CMCError(f"{error}; score the target again") from error
    return {mode: scores for mode, scores in found.items() if scores.values}


def _set_scores(record: Record) -> SetScores:
    columns = _columns(list(record.cells))
    values = {column: number(record, column) for column in columns if record[column]}
    return SetScores(values, whole_number(record, AFTER) if values else 0)


def _columns(header: Sequence[str]) -> Sequence[str]:
    before = header.index(BEFORE)
    means = {*header[:before], BEFORE}
    ends = {f"{mean}_{end}" for mean in means for end in ("low", "high", "n")}
    return [column for column in header[before + 1 : header.index(AFTER)] if column not in ends]
