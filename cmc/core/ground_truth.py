"""The pictures that a run begins with: a folder of which no picture is left out in silence."""

import re
from pathlib import Path

from cmc.core.choice import Choice
from cmc.core.errors import CMCError, some
from cmc.core.names import fault
from cmc.core.workspace import IMAGE_SUFFIXES, key_of, list_images

# Kinds of pictures that are not read, or of which a thumbnail alone would be.
OTHER_PICTURES = {".heic", ".heif", ".jxl", ".svg", ".psd", ".xcf", ".exr", ".hdr", ".ico", ".eps"}
OTHER_PICTURES |= {".dng", ".raw", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef"}
# How files of pictures begin, whatever they are called.
SIGNATURES = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF.{4}WEBP|BM.{4}\0{4}|\0\0\0\x0cjP  |8BPS"
    rb"|.{4}ftyp(?:avi[fs]|hei[cxms]|hev[cx]|mif1|msf1)",
    re.DOTALL,
)


def list_ground_truth(folder: Path) -> dict[str, Path]:
    """As `list_images`, of a folder in which every picture counts.

    Raises CMCError, naming them, for files that are pictures and cannot be used: those with a name that a later step
    would refuse, of a kind that is not read or without a suffix, and links to nothing. Hidden files, folders and files
    that are no pictures are left out.
    """
    files = sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
    refused = [f"{path.name!r}: {reason}" for path in files if (reason := _fault(path))]
    if refused:
        summary = f"{len(refused)} file(s) in {folder} cannot be used: {some(refused, 3)}"
        raise CMCError(f"{summary}; rename them, save them as PNG, or move them away")
    return list_images(folder)


def chosen_images(folder: Path, choice: Choice) -> dict[str, Path]:
    """As `list_ground_truth`, those of a choice alone."""
    images = list_ground_truth(folder)
    return {key: images[key] for key in choice.split(images)[0]}


def _fault(path: Path) -> str:
    """Why a picture cannot be used; "" where it can, and where the file is none."""
    if path.is_dir():
        return ""
    if not path.exists():
        return "it is a link to nothing"
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return fault(key_of(path.name)) if path.is_file() else "it is no file"
    if suffix in OTHER_PICTURES:
        return "pictures of its kind are not read"
    return "it is a picture, and its name does not end as one" if _is_picture(path) else ""


def _is_picture(path: Path) -> bool:
    if not path.is_file():  # a device or a pipe, which would be waited for
        return False
    try:
        with open(path, "rb") as file:
            return SIGNATURES.match(file.read(16)) is not None
    except OSError:
        return False
