"""The folder contract: where things lie, how images are named, and which file pairs with which."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError, some
from cmc.core.names import composed, fault
from cmc.core.tables import Record

# Of the pictures that are read; what a stream's suffix must not be.
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".avif"}
IMAGE_SUFFIXES |= {".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga"}
CONTENT_TYPES = ("NSI", "SCI", "AIGI")
OTHER = "other"
ALL = "all"
# Names and sizes of the images, under the root, where streams were unpacked and no GT is.
SIZES = "sizes.csv"
# Of the folders that `cmc misc` fills: captions, references and maps, as any workspace has them.
WORK = "work"


@dataclass(frozen=True)
class Workspace:
    """The folders under one root, as in the benchmark's README, so that its archives unpack straight into them."""

    root: Path

    @property
    def gt(self) -> Path:
        return self.root / "GT"

    @property
    def ref(self) -> Path:
        return self.root / "Ref"

    @property
    def text(self) -> Path:
        return self.root / "Text"

    @property
    def result(self) -> Path:
        return self.root / "Result"

    @property
    def stream(self) -> Path:
        return self.root / "Stream"

    @property
    def weight(self) -> Path:
        return self.root / "Weight"

    def recorded(self, path: Path) -> str:
        """How a run file names a path: from the root where it is inside, so that the root can be moved; else whole."""
        path, root = path.resolve(), self.root.resolve()
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()

    def find(self, recorded: str) -> Path:
        """The path that `recorded` named."""
        return self.root / recorded


def key_of(name: str) -> str:
    """What pairs a caption, a reference and a reconstruction with a GT image: its file's name without the last
    suffix, composed. Of a key there is none: `photo.jpg`, the key of `photo.jpg.png`, is another image's name."""
    stem, _, suffix = name.rpartition(".")
    return composed(stem if stem and f".{suffix.lower()}" in IMAGE_SUFFIXES else name)


def content_type(name: str) -> tuple[str, str]:
    """(type, subtype) from a name: `NSI_pgc_002.png` -> ("NSI", "pgc"); anything else -> ("other", "other")."""
    prefix, _, rest = key_of(name).partition("_")
    subtype = rest.partition("_")[0]
    return (prefix, subtype or OTHER) if prefix in CONTENT_TYPES else (OTHER, OTHER)


def groups(name: str) -> tuple[str, ...]:
    """The groups that an image's score counts in: all, its content type, and "type/subtype" where it has a type."""
    kind, subtype = content_type(name)
    return (ALL, kind) if kind == OTHER else (ALL, kind, f"{kind}/{subtype}")


def checked_name(name: str) -> str:
    """A name from a table or stream, if an image in GT can be called so. Raises CMCError otherwise."""
    reason = fault(key_of(name))
    if reason:
        raise CMCError(f"{name!r} is not a plain file name: {reason}; names must be those of the images in GT")
    return name


def name_in(record: Record) -> str:
    """The name in a table's row, composed. Raises CMCError, with the line, for one that no image can have."""
    try:
        return composed(checked_name(record["name"]))
    except CMCError as error:
        raise CMCError(f"{record.place}: {error}") from error


def list_images(folder: Path) -> dict[str, Path]:
    """Images of a folder by key, sorted by name; hidden files are left out.

    Raises CMCError when the folder is missing or holds none, or when two files share a key (a.png and a.jpg).
    """
    if not folder.is_dir():
        raise CMCError(f"no folder {folder}; make it and put the images in, or name another")
    images: dict[str, Path] = {}
    for path in _image_files(folder):
        key = key_of(path.name)
        if key in images:
            raise CMCError(_same_name(images[key].name, path.name, folder))
        images[key] = path
    if not images:
        raise CMCError(f"no image in {folder} ({', '.join(sorted(IMAGE_SUFFIXES))}); put the images in")
    return images


def _same_name(first: str, second: str, folder: Path) -> str:
    how = ", once composed and once decomposed (Unicode's NFC and NFD)" if composed(first) == composed(second) else ""
    return f"{first} and {second} in {folder} share one name{how}; rename one of them"


def has_images(folder: Path) -> bool:
    """Whether `list_images` would find any."""
    return folder.is_dir() and bool(_image_files(folder))


def _image_files(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:  # which need not look at each file
        names = [entry.name for entry in entries if _is_image(entry.name) and entry.is_file()]
    return [folder / name for name in sorted(names, key=composed)]


def _is_image(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES and not name.startswith(".")


def check_pairs(partner: str, expected: Sequence[str], present: Iterable[str], partial: bool) -> list[str]:
    """Keys of `expected` that have a partner in `present`, in order.

    Raises CMCError, naming them, when any is missing or has no counterpart, unless `partial` is set; and
    always when none is left. `partner` names the present side in the message ("caption in Text/a.csv").
    """
    partners = set(present)
    missing = [key for key in expected if key not in partners]
    extra = sorted(partners - set(expected))
    paired = [key for key in expected if key in partners]
    if expected and not paired:
        raise CMCError(f"no {partner} matches any image in GT; {describe_gap(partner, missing, extra)}")
    if (missing or extra) and not partial:
        gap = describe_gap(partner, missing, extra)
        raise CMCError(f"{gap}; mend that, or go on with those that pair with --allow_partial")
    return paired


def describe_gap(partner: str, missing: Sequence[str], extra: Sequence[str]) -> str:
    """One line that names images without partner and partners without image."""
    parts = []
    if missing:
        parts.append(f"{len(missing)} image(s) have no {partner}: {some(missing)}")
    if extra:
        parts.append(f"{len(extra)} {partner} without an image in GT: {some(extra)}")
    return "; ".join(parts)
