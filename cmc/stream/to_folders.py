"""From streams to folders: what the decoder is given, as if it had come from there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cmc.codecs import pixelgrid
from cmc.codecs.base import decode_checked
from cmc.core.caption_origins import write_captions_with_origins
from cmc.core.errors import CMCError
from cmc.core.images import save_png
from cmc.core.modes import MODES
from cmc.core.names import composed
from cmc.core.origin import Origin, digest, text_digest
from cmc.core.prefetch import prefetched
from cmc.core.run_file import claim
from cmc.core.tables import write_csv
from cmc.core.workspace import SIZES, Workspace, checked_name
from cmc.registry import CODECS
from cmc.stream.container import Stream, unpack
from cmc.stream.header import MODE_NUMBERS

SUFFIX = ".cmc"
# A stream larger than this is no stream of a picture that the format has room for.
MAX_BYTES = 1 << 28
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass
class Restored:
    """What came out of streams: GT sizes (width, height) and captions by key, and files that failed by path."""

    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)
    _references: dict[tuple[str, str], object] = field(default_factory=dict)

    def add(self, path: Path, stream: Stream) -> None:
        """Take in a stream. Raises CMCError where another stream of the same image says otherwise."""
        key, kind = key_of_stream(path), stream.mode.reference
        _agree(self.sizes, key, stream.size, f"{path}: the size")
        if stream.mode.captioned:
            _agree(self.captions, key, stream.text, f"{path}: the caption")
        if kind:
            reference = (stream.codec, stream.picture) if stream.grid is None else stream.grid.tobytes()
            _agree(self._references, (key, kind), reference, f"{path}: the reference")


def _agree(known: dict[Key, Value], key: Key, value: Value, subject: str) -> None:
    if known.setdefault(key, value) != value:
        raise CMCError(f"{subject} differs from another stream of that image; unpack them into separate folders")


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


def reference_kinds(paths: Sequence[Path]) -> set[str]:
    """The folders under Ref that streams will fill, by the mode in each one's header."""
    kinds = set()
    for path in paths:
        with open(path, "rb") as file:
            start = file.read(2)
        reference = MODES[list(MODE_NUMBERS)[start[1] >> 6]].reference if len(start) == 2 else None
        kinds |= {reference} if reference else set()
    return kinds


def claim_references(folder: Path, overwrite: bool) -> None:
    """Refuse to mix references out of streams with others, or, to `overwrite`, take those away (CMCError)."""
    sections = {"settings": {"source": "streams"}}
    outputs = sorted(folder.glob("*.png"))
    claim(folder / "run.json", sections, outputs, overwrite=overwrite, remedy="or unpack under another --root")


def restore(paths: Sequence[Path], space: Workspace, workers: int, restored: Restored) -> Iterator[Path]:
    """Write the references of streams under `space.ref`, and gather the rest in `restored`.

    Yields each path in order. What cannot be decoded goes into `restored.failed`. Raises CMCError where two streams
    of an image differ.
    """

    def restore_one(path: Path) -> Stream | str:
        try:
            stream = unpack(read_stream(path))
            _write_reference(stream, key_of_stream(path), space)
        except CMCError as error:
            return str(error)
        return stream

    for path, stream in prefetched(restore_one, paths, workers, depth=2 * workers):
        if isinstance(stream, str):
            restored.failed[path] = stream
        else:
            restored.add(path, stream)
        yield path


def _write_reference(stream: Stream, key: str, space: Workspace) -> None:
    if stream.grid is not None:
        origin = Origin(stream=digest(pixelgrid.pack(stream.grid)))
        save_png(space.ref / "pixel" / f"{key}.png", pixelgrid.to_image(stream.grid), origin)
    elif stream.codec:
        picture = decode_checked(CODECS.get(stream.codec).create(), stream.picture, stream.size)
        save_png(space.ref / "image" / f"{key}.png", picture, Origin(stream=digest(stream.picture)))


def write_tables(restored: Restored, space: Workspace, name: str) -> None:
    """Write `Text/<name>.csv` where a stream had a caption, and `sizes.csv`: name,width,height, sorted by name."""
    if restored.captions:
        captions = {f"{key}.png": text for key, text in restored.captions.items()}
        origins = {key: Origin(caption=text_digest(text)) for key, text in captions.items()}
        write_captions_with_origins(space.text / f"{name}.csv", captions, origins)
    write_sizes(space.root / SIZES, restored.sizes)


def write_sizes(path: Path, sizes: Mapping[str, tuple[int, int]]) -> None:
    """The table that stands in for GT where there is none."""
    rows = [(f"{key}.png", width, height) for key, (width, height) in sorted(sizes.items())]
    write_csv(path, ("name", "width", "height"), rows)
