"""`failed.csv`: the images of a run that came to nothing, and why."""

from collections.abc import Mapping
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.tables import read_csv, write_csv


def write_failures(path: Path, failures: Mapping[str, str]) -> None:
    """Write name and reason of each failure, sorted by name; with none, take an earlier file away."""
    if failures:
        write_csv(path, ("name", "reason"), sorted(failures.items()))
    else:
        path.unlink(missing_ok=True)


def read_failures(path: Path) -> dict[str, str]:
    """Reasons by name; empty where there is no such file. Raises CMCError for one that is no such table."""
    if not path.is_file():
        return {}
    try:
        return {record["name"]: record["reason"] for record in read_csv(path, ("name", "reason"))}
    except CMCError as error:
        raise CMCError(f"{error}; delete it") from error
