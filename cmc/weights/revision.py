"""Which weights a checkpoint names on this machine now, told without loading them."""

from collections.abc import Mapping
from pathlib import Path

from cmc.core.files import fingerprint

# Files that a repository of weights has, by which its snapshot in the hub's cache is found.
MARKERS = ("model_index.json", "config.json")


def revision_of(folder: Path) -> str:
    """Of a checkpoint: the snapshot's commit where the hub gave one, else of the files themselves."""
    return folder.name if folder.parent.name == "snapshots" else fingerprint(folder)


def is_unchanged(loaded: Mapping[str, object], checkpoint: str) -> bool:
    """Whether what a run file says was `loaded` is what `checkpoint` would load now, as far as that can be told here.

    A folder is told by its fingerprint, a repository on the hub by the snapshot that its cache holds. Weights that are
    not here any more, and models that state no revision, count as unchanged.
    """
    revision = loaded.get("revision")
    now = _revision(checkpoint) if checkpoint and revision else None
    return now is None or now == revision


def _revision(checkpoint: str) -> str | None:
    folder = Path(checkpoint)
    return fingerprint(folder) if folder.is_dir() else _cached_commit(checkpoint)


def _cached_commit(repository: str) -> str | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        paths = [try_to_load_from_cache(repository, name) for name in MARKERS]
    except HFValidationError:  # a folder that is not there
        return None
    found = [Path(path) for path in paths if isinstance(path, str)]
    return found[0].parts[found[0].parts.index("snapshots") + 1] if found else None
