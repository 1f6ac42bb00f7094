"""`failed.csv`: the images of a run that came to nothing, and why."""

import io
from collections.abc import Mapping
from pathlib import Path

from cmc.core.errors import CMCError, reason
from cmc.core.files import write_atomic


def write_failures(path: Path, failures: Mapping[str, str]) -> None:
    """Write name and reason of each failure, sorted by name; with none, take an earlier file away."""
    import pandas as pd

    if not failures:
        path.unlink(missing_ok=True)
        return
    buffer = io.StringIO()
    pd.DataFrame(sorted(failures.items()), columns=["name", "reason"]).to_csv(buffer, index=False, lineterminator="\n")
    write_atomic(path, buffer.getvalue().encode("utf-8"))


def read_failures(path: Path) -> dict[str, str]:
    """Reasons by name; empty where there is no such file. Raises CMCError for one that is no such table."""
    import pandas as pd

    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, usecols=["name", "reason"])
    except ValueError as error:
        raise CMCError(f"{path} is no table of name,reason ({reason(error)}); delete it") from error
    return dict(zip(table["name"], table["reason"], strict=True))
