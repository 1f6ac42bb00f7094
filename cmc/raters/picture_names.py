"""The pictures that votes are about: what made each, of which ground truth, and where both lie."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError, some
from cmc.core.modes import MODES
from cmc.core.workspace import checked_name, list_images


@dataclass(frozen=True)
class PictureName:
    """What votes call a picture, `<target>/<mode>/<key>`, in its parts; `key` is its ground truth's, too."""

    target: str
    mode: str
    key: str


def picture_names(names: Iterable[str]) -> dict[str, PictureName]:
    """What names in votes are about. Raises CMCError for a name of another form."""
    return {name: _picture_name(name) for name in names}


def _picture_name(name: str) -> PictureName:
    parts = name.split("/")
    if len(parts) != 3 or parts[1] not in MODES:
        raise CMCError(f"the votes name a picture {name!r}; expected <target>/<mode>/<image>, as in real/full/a_001")
    target, mode, key = parts
    return PictureName(checked_name(target), mode, checked_name(key))


@dataclass(frozen=True)
class Located:
    """(picture, ground truth) of each picture that has both here, by its name in votes; absent: the others, sorted."""

    files: Mapping[str, tuple[Path, Path]]
    absent: list[str]


def locate(results: Path, gt: Path, pictures: Mapping[str, PictureName], partial: bool) -> Located:
    """Find the files of rated pictures. Raises CMCError that names those that are not there, unless `partial`."""
    folders = {(picture.target, picture.mode) for picture in pictures.values()}
    images = {(target, mode): _images(results / target / mode) for target, mode in folders}
    truths = _images(gt)
    files = {
        name: (images[picture.target, picture.mode][picture.key], truths[picture.key])
        for name, picture in pictures.items()
        if picture.key in images[picture.target, picture.mode] and picture.key in truths
    }
    absent = sorted(pictures.keys() - files.keys())
    if absent and not partial:
        raise CMCError(
            f"{len(absent)} rated picture(s) are not in {results}, or their ground truths not in {gt}: {some(absent)}; "
            "name the folders with --root and --target_path, or leave them out of the tables with --allow_partial"
        )
    return Located(files, absent)


def _images(folder: Path) -> dict[str, Path]:
    return list_images(folder) if folder.is_dir() and any(folder.iterdir()) else {}
