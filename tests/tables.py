"""Reading back what the commands wrote."""

import csv
import sqlite3
from pathlib import Path


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    return list(csv.DictReader(path.open(encoding="utf-8")))


def scores_in(base: Path) -> int:
    """How many scores a cache holds; 0 where there is none yet."""
    try:
        with sqlite3.connect(f"file:{base}?mode=ro", uri=True) as opened:
            return opened.execute("SELECT count(*) FROM scores").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
