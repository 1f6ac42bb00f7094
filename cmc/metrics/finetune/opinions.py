"""Opinion scores: a table of pictures, what they were made of, and how good people (or a rule) found them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cmc.core.errors import CMCError, some
from cmc.core.names import existing
from cmc.core.tables import Record, number, read_csv


@dataclass(frozen=True)
class Opinion:
    """A picture, what it was made of (None without), and its mean opinion score."""

    image: Path
    reference: Path | None
    mos: float


def read_opinions(path: Path, full_reference: bool) -> list[Opinion]:
    """Rows of a CSV `image,reference,mos`; files are looked up beside it. `reference` may be absent for NR.

    Raises CMCError, naming them, for a table that is none, missing columns, files that are not there and scores that
    are no numbers.
    """
    if not path.is_file():
        raise CMCError(f"no table {path}; expected a CSV with columns image,reference,mos")
    needed = ("image", "reference", "mos") if full_reference else ("image", "mos")
    rows = [_opinion(record, path.parent) for record in read_csv(path, needed)]
    files = [file for row in rows for file in (row.image, row.reference) if file]
    gone = sorted({str(file) for file in files if not file.is_file()})
    if gone or (full_reference and any(row.reference is None for row in rows)):
        raise CMCError(f"{path} names files that are not there: {some(gone or ['an empty reference'])}")
    return rows


def _opinion(record: Record, folder: Path) -> Opinion:
    named = record.cells.get("reference")
    reference = existing(folder / named) if named else None
    return Opinion(existing(folder / record["image"]), reference, number(record, "mos"))


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
