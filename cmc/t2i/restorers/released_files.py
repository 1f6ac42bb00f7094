"""Files as a model's authors released them, in a folder of the user's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cmc.core.errors import CMCError


def released_folder(checkpoint: str, source: str) -> Path:
    """The folder `checkpoint` of released files, looked for before anything heavy is imported.

    source: where the files come from. Raises CMCError when there is no such folder.
    """
    folder = Path(checkpoint)
    if not folder.is_dir():
        raise CMCError(f"no folder {folder}; download from {source} into it, or name another with --model_dir")
    return folder


@dataclass(frozen=True)
class Release:
    """A release of a model: its name, and the file without which it is not there."""

    name: str
    file: str


AnyRelease = TypeVar("AnyRelease", bound=Release)


def pick_release(
    model: str, folder: Path, variant: str | None, releases: Sequence[AnyRelease], sources: Mapping[str, str]
) -> AnyRelease:
    """The first release whose file lies in the folder, of all or of the one named `variant`.

    sources: where to get each file. Raises CMCError for an unknown variant, and when there is no such file.
    """
    wanted = [release for release in releases if variant in (None, release.name)]
    if not wanted:
        names = ", ".join(release.name for release in releases)
        raise CMCError(f"{model} has no variant {variant!r}; it has {names}")
    for release in wanted:
        if (folder / release.file).is_file():
            return release
    files = ", ".join(release.file for release in wanted)
    raise CMCError(f"{folder} has none of {files}; download {sources[wanted[0].file]} and put it there")


def find_file(folder: Path, name: str, sources: Mapping[str, str]) -> Path:
    """The file in the folder. Raises CMCError with the address to download it from."""
    path = folder / name
    if not path.is_file():
        raise CMCError(f"{path} is missing; download {sources[name]} and put it there")
    return path
