"""Digests of files, and what pictures say of themselves; a file is read for it once, not in every run."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cmc.core.errors import ImageError
from cmc.core.files import sha256
from cmc.core.images import load_rgb, probe
from cmc.core.known_files import BYTES, HEADER, PIXELS, KnownFiles
from cmc.core.origin import DIGITS, Origin, digest, read_origin
from cmc.core.prefetch import prefetched

FILE = ".digests.sqlite"


class FileDigests:
    """Digests of files; `path`: where they are kept. Safe in threads."""

    def __init__(self, path: Path) -> None:
        self._known = KnownFiles(path)

    def of_file(self, path: Path) -> str:
        """Of a file's bytes. Raises OSError where it cannot be read."""
        return self._known.find_out(path, BYTES, _of_bytes)

    def of_pixels(self, path: Path) -> str:
        """Of a picture's size and RGB pixels, so that another packing of the same picture is the same."""
        return self._known.find_out(path, PIXELS, _of_pixels)

    def of_picture(self, path: Path) -> str | None:
        """As `of_pixels`; None of a picture that cannot be read, which whoever loads it will name."""
        try:
            return self.of_pixels(path)
        except (OSError, ImageError):
            return None

    def size(self, path: Path) -> tuple[int, int]:
        """A picture's, as `probe` has it, and with its errors."""
        try:
            width, height = json.loads(self.header(path))["size"]
        except OSError:  # said in the words of pictures
            return probe(path)
        return width, height

    def origin(self, path: Path) -> Origin | None:
        """What a picture says that it was made from, as `read_origin` has it."""
        try:
            return Origin.from_document(json.loads(self.header(path))["origin"])
        except (OSError, ImageError):
            return read_origin(path)

    def header(self, path: Path) -> str:
        """Both, as JSON. Raises OSError and ImageError."""
        return self._known.find_out(path, HEADER, _of_header)

    def knows(self, path: Path, kind: str) -> bool:
        """Whether BYTES, PIXELS or HEADER of a file are remembered, so that it need not be read."""
        return self._known.knows(path, kind)


def read_ahead(paths: Iterable[Path], of: Callable[[Path], str], workers: int = 4) -> Iterator[tuple[Path, str | None]]:
    """(path, digest) of files in order, read in threads; None of one that cannot be read, which others name."""

    def of_one(path: Path) -> str | None:
        try:
            return of(path)
        except (OSError, ImageError):
            return None

    return prefetched(of_one, paths, workers, depth=4 * workers)


def _of_bytes(path: Path) -> str:
    return sha256(path)[:DIGITS]


def _of_pixels(path: Path) -> str:
    image = load_rgb(path)
    return digest(f"{image.width}x{image.height}:".encode() + image.tobytes())


def _of_header(path: Path) -> str:
    origin = read_origin(path)
    return json.dumps({"size": probe(path), "origin": origin.to_document() if origin else None})
