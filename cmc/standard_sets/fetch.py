"""A set's files into the folders of a root: which, from where, and each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.files import sha256, write_atomic
from cmc.core.workspace import has_images, list_images
from cmc.standard_sets.archive import opened, pictures_of, unpack
from cmc.standard_sets.facts import SetFile, StandardSet
from cmc.standard_sets.sources import Source

ZIP = ".zip"


@dataclass(frozen=True)
class Wanted:
    """A file of a set, and where it comes from."""

    file: SetFile
    source: Source

    def is_there(self, root: Path, images: int) -> bool:
        """Whether what it holds lies under the root, so that it need not be fetched again."""
        folder = root / self.file.folder
        if self.file.pictures:
            return has_images(folder) and len(list_images(folder)) == images
        return (folder / self.file.name).is_file()

    def place(self, root: Path) -> Iterator[Path]:
        """Fetch it, check it, and put it under the root; what it is there, as it comes. Raises CMCError."""
        path, folder = self.source.fetch(self.file), root / self.file.folder
        _check_sum(path, self.file)
        if not self.file.pictures:
            write_atomic(folder / self.file.name, path.read_bytes())
            yield folder / self.file.name
            return
        with opened(path) as archive:
            yield from unpack(archive, pictures_of(archive, self.file.pictures), folder)


def wanted(standard: StandardSet, places: Sequence[str], downloads: Path) -> list[Wanted]:
    """The files of a set. `places`: the user's, each a source that has the set's files, a zip of ground truths, or a
    folder of them; none for the set's own. Raises CMCError where nothing says where they are."""
    if not places and not standard.source:
        raise CMCError(
            f"no address that lasts is known of {standard.title}; get it from its authors, and name the zips, or the "
            "folder of pictures, with --source"
        )
    found: list[Wanted] = []
    for place in places or [standard.source]:
        source, files = _files_at(place, standard, downloads)
        found += [Wanted(file, source) for file in files]
    return found


def _files_at(place: str, standard: StandardSet, downloads: Path) -> tuple[Source, Sequence[SetFile]]:
    if place.lower().endswith(ZIP):
        parent, _, name = place.rpartition("/")
        return Source(parent or ".", downloads), [SetFile(name=name, pictures=standard.images)]
    source, folder = Source(place, downloads), Path(place)
    if has_images(folder) and not any((folder / file.name).is_file() for file in standard.files):
        return source, [SetFile(name=path.name) for path in list_images(folder).values()]
    if not standard.files:
        raise CMCError(f"--source {place}: expected zips, or a folder of pictures, of {standard.title}")
    return source, standard.files


def _check_sum(path: Path, file: SetFile) -> None:
    if file.sha256 and (found := sha256(path)) != file.sha256:
        raise CMCError(f"{path} has the SHA-256 {found}, expected {file.sha256}; delete it, and fetch it anew")
