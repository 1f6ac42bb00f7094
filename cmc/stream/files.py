"""`.cmc` files by name: which there are, and whose."""

from collections.abc import Sequence
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.names import composed
from cmc.core.workspace import checked_name

SUFFIX = ".cmc"
# A stream larger than this is no stream of a picture that the format has room for.
MAX_BYTES = 1 << 28


def key_of_stream(path: Path) -> str:
    """The image that a stream file is of. Raises CMCError for a name that could leave its folder."""
    return composed(checked_name(path.name.removesuffix(SUFFIX)))


def list_streams(paths: Sequence[Path]) -> list[Path]:
    """Stream files: those named, and those in and below the folders named, sorted. Raises CMCError for none."""
    streams: list[Path] = []
    for path in paths:
        if not path.exists():
            raise CMCError(f"no file or folder {path}; make streams with cmc pack")
        streams += sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not streams:
        raise CMCError(f"no {SUFFIX} file in {', '.join(map(str, paths))}; make some with cmc pack")
    return list(dict.fromkeys(streams))


def read_stream(path: Path) -> bytes:
    """A stream file's bytes. Raises CMCError for one that is far too large."""
    if path.stat().st_size > MAX_BYTES:
        raise CMCError(f"{path.stat().st_size:,} bytes, expected at most {MAX_BYTES:,}; this is no stream of a picture")
    return path.read_bytes()
