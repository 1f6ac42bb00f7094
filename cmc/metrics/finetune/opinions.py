"""Opinion scores: a table of pictures, what they were made of, and how good people (or a rule) found them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cmc.core.errors import CMCError, some


@dataclass(frozen=True)
class Opinion:
    """A picture, what it was made of (None without), and its mean opinion score."""

    image: Path
    reference: Path | None
    mos: float


def read_opinions(path: Path, full_reference: bool) -> list[Opinion]:
    """Rows of a CSV `image,reference,mos`; files are looked up beside it. `reference` may be absent for NR.

    Raises CMCError, naming them, for missing columns, files that are not there and scores that are no numbers.
    """
    rows = []
    for record in _records(path, full_reference):
        reference = path.parent / record["reference"] if record.get("reference") else None
        rows.append(Opinion(path.parent / record["image"], reference, _number(record["mos"])))
    wrong = [row.image.name for row in rows if not math.isfinite(row.mos)]
    if wrong:
        raise CMCError(f"{path}: mos is no number for {some(wrong)}; mend or remove these rows")
    files = [file for row in rows for file in (row.image, row.reference) if file]
    gone = sorted({str(file) for file in files if not file.is_file()})
    if gone or (full_reference and any(row.reference is None for row in rows)):
        raise CMCError(f"{path} names files that are not there: {some(gone or ['an empty reference'])}")
    return rows


def _records(path: Path, full_reference: bool) -> list[dict[str, str]]:
    """The table's rows by column, those that are needed among them."""
    import pandas as pd

    if not path.is_file():
        raise CMCError(f"no table {path}; expected a CSV with columns image,reference,mos")
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    needed = ["image", "mos", *(["reference"] if full_reference else [])]
    absent = [column for column in needed if column not in table.columns]
    if absent:
        raise CMCError(f"{path} lacks the column {' and '.join(absent)}; it has {', '.join(table.columns)}")
    return table.to_dict("records")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def split(rows: Sequence[Opinion], share: float, seed: int) -> tuple[list[Opinion], list[Opinion]]:
    """(to learn from, held out): a random `share` of the references with all pictures made of them, and the others.

    No reference is on both sides, or the held-out pictures would be known in part. Raises CMCError where one side
    would be empty or the held-out scores all equal.
    """
    groups = sorted({str(row.reference or row.image) for row in rows})
    mixed = np.random.default_rng(seed).permutation(len(groups))
    chosen = {groups[i] for i in mixed[: round(share * len(groups))]}
    train = [row for row in rows if str(row.reference or row.image) in chosen]
    held_out = [row for row in rows if str(row.reference or row.image) not in chosen]
    if not train or len({row.mos for row in held_out}) < 2:
        raise CMCError(
            f"{len(groups)} reference(s) leave {len(train)} pictures to learn from and {len(held_out)} to test on; "
            "expected some on both sides, with different scores"
        )
    return train, held_out
