"""`safety.csv` beside pictures: what the checker says of each, and of which bytes it says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.tables import Record, number, read_csv, write_csv
from cmc.core.workspace import key_of, name_in
from cmc.safety.verdict import CONCEPTS, SPECIAL_CARE, Verdict

FILE = "safety.csv"
SPECIAL_COLUMNS = [f"special_{place}" for place in range(SPECIAL_CARE)]
CONCEPT_COLUMNS = [f"concept_{place}" for place in range(CONCEPTS)]
COLUMNS = ["name", "status", "flagged", "special_care", *SPECIAL_COLUMNS, *CONCEPT_COLUMNS, "digest", "checker"]
OK = "ok"
WORDS = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Screened:
    """A picture's verdict, or None with the reason in `status`; digest: of the file's bytes; checker: the revision of
    what was asked."""

    name: str
    digest: str
    checker: str
    verdict: Verdict | None = None
    status: str = OK

    @property
    def flagged(self) -> bool:
        """Whether it is; not known of one without a verdict."""
        return self.verdict is not None and self.verdict.flagged


def write_safety(folder: Path, rows: Iterable[Screened]) -> None:
    """The table, sorted by name."""
    write_csv(folder / FILE, COLUMNS, (_cells(row) for row in sorted(rows, key=lambda row: row.name)))


def read_safety(folder: Path) -> dict[str, Screened]:
    """Rows by key; empty where there is no table. Raises CMCError for one that is no such table."""
    if not (folder / FILE).is_file():
        return {}
    rows = [_screened(record) for record in read_csv(folder / FILE, COLUMNS, may_be_empty=True)]
    return {key_of(row.name): row for row in rows}


def flagged_among(pictures: Iterable[Path]) -> frozenset[Path]:
    """The pictures that the tables beside them flag, also where they were changed since, which may be no better."""
    folders: dict[Path, list[Path]] = {}
    for path in pictures:
        folders.setdefault(path.parent, []).append(path)
    flagged: set[Path] = set()
    for folder, paths in folders.items():
        rows = read_safety(folder)
        flagged |= {path for path in paths if key_of(path.name) in rows and rows[key_of(path.name)].flagged}
    return frozenset(flagged)


def _cells(row: Screened) -> Sequence[object]:
    verdict = row.verdict
    if verdict is None:
        said: list[object] = [""] * (2 + SPECIAL_CARE + CONCEPTS)
    else:
        scores = [f"{score:.3f}" for score in (*verdict.special, *verdict.concepts)]
        said = [WORDS[verdict.flagged], WORDS[verdict.special_care], *scores]
    return [row.name, row.status, *said, row.digest, row.checker]


def _screened(record: Record) -> Screened:
    verdict = None
    if record["status"] == OK:
        special, concepts = (
            tuple(number(record, column) for column in columns) for columns in (SPECIAL_COLUMNS, CONCEPT_COLUMNS)
        )
        verdict = Verdict(concepts, special)
    return Screened(name_in(record), record["digest"], record["checker"], verdict, record["status"])
