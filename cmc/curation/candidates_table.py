"""`candidates.csv`: why each candidate stays or goes, with the numbers, and a column for a person's vetoes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.tables import Record, number, read_csv, whole_number, write_csv
from cmc.curation.candidates import Candidate
from cmc.curation.measures import Measures
from cmc.curation.selection import Verdict

FILE = "candidates.csv"
HASH = re.compile("[0-9a-f]{16}")
# Why a row of before stands there still.
GONE = "gone: no candidate of this run"
COLUMNS = ("name", "group", "file", "reason", "veto", "width", "height", "jpeg_quality", "blocking", "hash", "digest")


@dataclass(frozen=True)
class Looked:
    """A row of before: its candidate's group, the name and the digest that it had, what was measured, and a person's
    veto."""

    group: str
    name: str
    digest: str
    measures: Measures
    veto: str


def write_candidates(folder: Path, verdicts: Sequence[Verdict], metric: str, looked: Mapping[str, Looked]) -> None:
    """Those that stay first, by name, then the others, and what was vetoed in the table of before (`looked`) and is no
    candidate now; scores stand under the metric's name, "" for none."""
    files = {verdict.candidate.file for verdict in verdicts}
    gone = [
        Verdict(Candidate(row.group, file, Path(file), row.digest, row.measures, veto=row.veto), GONE)
        for file, row in looked.items()
        if row.veto and file not in files
    ]
    rows = sorted([*verdicts, *gone], key=lambda verdict: (not verdict.name, verdict.name, verdict.candidate.file))
    header = [*COLUMNS, metric] if metric else COLUMNS
    write_csv(folder / FILE, header, (_row(verdict, bool(metric)) for verdict in rows))


def read_candidates(folder: Path) -> dict[str, Looked]:
    """By file, what stood there; empty without a table. Raises CMCError for one that is no such table."""
    path = folder / FILE
    if not path.is_file():
        return {}
    return {record["file"]: _looked(record) for record in read_csv(path, COLUMNS, may_be_empty=True)}


def _row(verdict: Verdict, scored: bool) -> list[object]:
    candidate, measures = verdict.candidate, verdict.candidate.measures
    row: list[object] = [verdict.name, candidate.group, candidate.file, verdict.reason, candidate.veto]
    row += [measures.width or "", measures.height or "", _cell(measures.jpeg_quality), _cell(measures.blocking)]
    row += [measures.hash, candidate.digest]
    return [*row, _cell(candidate.score)] if scored else row


def _cell(value: float | None) -> object:
    return "" if value is None else value


def _looked(record: Record) -> Looked:
    of_row = record["group"], record["name"], record["digest"]
    if not HASH.fullmatch(record["hash"]):  # nothing was measured, or a spreadsheet took it for a number
        return Looked(*of_row, Measures(fault="not measured"), record["veto"].strip())
    quality = whole_number(record, "jpeg_quality") if record["jpeg_quality"] else None
    blocking = number(record, "blocking") if record["blocking"] else None
    sides = whole_number(record, "width"), whole_number(record, "height")
    measures = Measures(*sides, quality, blocking, record["hash"])
    return Looked(*of_row, measures, record["veto"].strip())
