"""What a safety checker said of pictures, made up."""

from collections.abc import Sequence
from pathlib import Path

from cmc.core.origin import digest
from cmc.safety.table import Screened, write_safety
from cmc.safety.verdict import CONCEPTS, SPECIAL_CARE, Verdict


def save_verdicts(folder: Path, names: Sequence[str], flagged: set[str]) -> None:
    """The table of a folder's pictures, some of them flagged."""
    clean, hit = (Verdict((score,) * CONCEPTS, (-0.1,) * SPECIAL_CARE) for score in (-0.1, 0.1))
    digests = {name: digest((folder / name).read_bytes()) for name in names}
    write_safety(
        folder, [Screened(name, digests[name], "files:0", hit if name in flagged else clean) for name in names]
    )
