"""A standard set of three small pictures, and zips of them as strangers make them."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from cmc.standard_sets.facts import SetFile, StandardSet

NAMES = ("a.png", "b.png", "c.png")
SIZE = (16, 8)


def picture(shade: int = 0, size: tuple[int, int] = SIZE) -> bytes:
    """A PNG."""
    data = io.BytesIO()
    Image.new("RGB", size, (shade, shade, shade)).save(data, "PNG")
    return data.getvalue()


def pictures(folder: str = "set/") -> dict[str, bytes]:
    """The set's, as an archive has them."""
    return {f"{folder}{name}": picture(shade) for shade, name in enumerate(NAMES)}


def save_zip(path: Path, files: Mapping[str, bytes], link: str = "") -> Path:
    """A zip; `link`: the entry that is a symbolic link."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = ((stat.S_IFLNK if name == link else stat.S_IFREG) | 0o644) << 16
            archive.writestr(entry, data)
    return path


def tiny_set(source: str = "", **facts: object) -> StandardSet:
    """Ground truths in one zip, references in another, and a weight file."""
    known: dict[str, object] = {
        "title": "Tiny",
        "images": len(NAMES),
        "licence": "CC0 1.0",
        "citation": "Nobody, Nothing, 2026",
        "colour": "RGB",
        "protocols": ("full resolution",),
        "source": source,
        "sizes": frozenset({SIZE}),
        "files": (
            SetFile(name="gt.zip", pictures=3),
            SetFile(name="ref.zip", folder="Ref/image", pictures=3),
            SetFile(name="fr.pth", folder="Weight"),
        ),
    }
    return StandardSet(**{**known, **facts})  # type: ignore[arg-type]


def save_source(folder: Path) -> Path:
    """A folder that holds the files of `tiny_set`."""
    save_zip(folder / "gt.zip", pictures())
    save_zip(folder / "ref.zip", pictures("reference-image/"))
    (folder / "fr.pth").write_bytes(b"weights")
    return folder
