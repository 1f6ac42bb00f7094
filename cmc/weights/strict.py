"""Every weight in its place: what a loader found missing, left over or misshapen is an error."""

from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError, some

# A table of 0, 1, 2, … that old CLIP checkpoints store among their weights; the model makes its own.
_NO_WEIGHT = ("position_ids",)


def check_keys(where: Path | str, info: dict[str, Any]) -> None:
    """Raise CMCError with the first `missing_keys`, `unexpected_keys` and `mismatched_keys`, if there are any."""
    faults = {
        "missing": sorted(info.get("missing_keys", ())),
        "unknown": sorted(key for key in info.get("unexpected_keys", ()) if not key.endswith(_NO_WEIGHT)),
        "of another shape": sorted(str(key) for key in info.get("mismatched_keys", ())),
    }
    found = "; ".join(f"{kind}: {some(keys, 3)}" for kind, keys in faults.items() if keys)
    if found:
        raise CMCError(f"the weights in {where} are not those of its config ({found}); download the checkpoint again")
