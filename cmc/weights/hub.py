"""A folder, or the id of a repository on the hub: either way a folder of this machine."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cmc.core.errors import CMCError, reason


def download_snapshot(repository: str, patterns: Sequence[str] | None = None) -> str:
    """The folder of a repository's files, fetched where they are not in the hub's cache; `patterns`: of these alone."""
    from huggingface_hub import snapshot_download

    return snapshot_download(repository, allow_patterns=None if patterns is None else list(patterns))


def local_folder(
    name: str, advice: str, must_hold: str = "", download: Callable[[str], str] = download_snapshot
) -> Path:
    """`name` itself where that is a folder, else what `download` makes of it as an id on the hub.

    must_hold: a file without which a folder is not what is asked for; advice: what a user can do instead. Raises
    CMCError when the folder lacks that file, and when there is neither folder nor repository.
    """
    folder = Path(name)
    if folder.is_dir():
        if must_hold and not (folder / must_hold).is_file():
            raise CMCError(f"{folder} has no {must_hold}; {advice}")
        return folder
    try:
        return Path(download(name))
    except Exception as error:  # the hub's client raises many kinds
        raise CMCError(f"cannot fetch {name!r} ({reason(error)}); {advice}") from error
