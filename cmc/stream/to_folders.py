"""From streams to folders: what the decoder is given, as if it had come from there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.codecs import pixelgrid
from cmc.codecs.base import Codec, decode_checked
from cmc.codecs.grid_geometry import BENCHMARK
from cmc.core.caption_origins import write_captions_with_origins
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.images import save_png
from cmc.core.origin import Origin, digest, text_digest
from cmc.core.prefetch import prefetched
from cmc.core.run_file import claim
from cmc.core.tables import write_csv
from cmc.core.workspace import SIZES, Workspace
from cmc.maps import map_file
from cmc.maps.map_file import ItemMaps, write_maps
from cmc.maps.names import names_digest
from cmc.registry import CODECS
from cmc.stream import map_part, pixel_part
from cmc.stream.container import Parts, split, unpack
from cmc.stream.files import key_of_stream, read_stream
from cmc.stream.restored import Restored, caption_of, item_names
from cmc.stream.stream import Stream

# What the folders under Ref hold.
OUTPUTS = {"image": "*.png", "pixel": "*.png", map_file.FOLDER: f"*{map_file.SUFFIX}"}


@dataclass(frozen=True)
class LearnedWeights:
    """With which weights learned codecs decode: a checkpoint, or "" for the package's own of quality `qp`."""

    checkpoint: str = ""
    qp: int = 1

    def codec_for(self, stream: Stream) -> Codec:
        """The codec of a stream. Raises CMCError where it was made with other weights."""
        entry = CODECS.get(stream.codec)
        codec = entry.create(qp=self.qp, checkpoint=self.checkpoint) if stream.weights else entry.create()
        if codec.weights != stream.weights:
            raise CMCError(
                f"the stream was made with weights {stream.weights.hex()} of {stream.codec}, found "
                f"{codec.weights.hex()}; name a checkpoint by --model_dir, or a quality of the package's own by --qp"
            )
        return codec


def folder_settings(paths: Sequence[Path]) -> dict[str, dict[str, object]]:
    """The folders under Ref that streams will fill, and what each one's run file is to say. Damaged streams fill none.

    Raises CMCError for streams of two pixel grids, which one folder cannot hold.
    """
    settings: dict[str, dict[str, object]] = {}
    for path in paths:
        try:
            parts = split(read_stream(path))
            filled = _settings_of(parts)
        except CMCError:  # which is said when it is its turn
            continue
        for kind, of_kind in filled.items():
            if settings.setdefault(kind, of_kind) != of_kind:
                raise CMCError(f"{path} has another pixel grid than others; unpack them into separate folders")
    return settings


def _settings_of(parts: Parts) -> dict[str, dict[str, object]]:
    """By folder under Ref; the benchmark's grid is what a run file without a grid means. Raises CMCError."""
    source: dict[str, object] = {"source": "streams"}
    kind = parts.header.mode.reference
    settings = {kind: source} if kind else {}
    grid = pixel_part.geometry_of(parts.reference, parts.header.version) if kind == "pixel" else BENCHMARK
    if grid != BENCHMARK:
        settings["pixel"] = source | grid.settings()
    return settings | ({map_file.FOLDER: source} if map_part.details(parts.maps) else {})


def claim_references(folder: Path, settings: Mapping[str, object], overwrite: bool) -> None:
    """Refuse to mix references out of streams with others, or, to `overwrite`, take those away (CMCError)."""
    outputs = sorted(folder.glob(OUTPUTS[folder.name]))
    sections = {"settings": settings}
    claim(folder / "run.json", sections, outputs, overwrite=overwrite, remedy="or unpack under another --root")


def restore(
    paths: Sequence[Path], space: Workspace, workers: int, restored: Restored, weights: LearnedWeights | None = None
) -> Iterator[Path]:
    """Write the references and maps of streams under `space.ref`, and gather the rest in `restored`.

    Yields each path in order. What cannot be decoded goes into `restored.failed`. Raises CMCError where two streams
    of an image differ.
    """
    learned = weights or LearnedWeights()

    def restore_one(path: Path) -> Stream | str:
        try:
            stream = unpack(read_stream(path))
            _write_reference(stream, key_of_stream(path), space, learned)
        except CMCError as error:
            return str(error)
        return stream

    for path, stream in prefetched(restore_one, paths, workers, depth=2 * workers):
        if isinstance(stream, str):
            restored.failed[path] = stream
        else:
            restored.add(path, stream)
        yield path


def _write_reference(stream: Stream, key: str, space: Workspace, weights: LearnedWeights) -> None:
    if stream.grid is not None:
        raw, folder = pixelgrid.pack(stream.grid, stream.geometry), space.ref / "pixel"
        write_atomic(folder / f"{key}{stream.geometry.suffix}", raw)  # what it costs can be told from that
        picture = pixelgrid.to_image(stream.grid, stream.geometry)
        save_png(folder / f"{key}.png", picture, Origin(stream=digest(raw)))
    elif stream.codec:
        picture = decode_checked(weights.codec_for(stream), stream.picture, stream.size)
        save_png(space.ref / "image" / f"{key}.png", picture, Origin(stream=digest(stream.picture)))
    if stream.maps is not None:
        names = item_names(stream.sent)
        item_maps = ItemMaps(names, stream.maps, Origin(caption=names_digest(names)))
        write_maps(space.ref / map_file.FOLDER / f"{key}{map_file.SUFFIX}", item_maps)


def write_tables(restored: Restored, space: Workspace, name: str) -> None:
    """Write `Text/<name>.csv` where a stream had a caption, and `sizes.csv`: name,width,height, sorted by name."""
    if restored.sent:
        captions = {f"{key}.png": caption_of(sent) for key, sent in restored.sent.items()}
        origins = {key: Origin(caption=text_digest(text)) for key, text in captions.items()}
        write_captions_with_origins(space.text / f"{name}.csv", captions, origins)
    write_sizes(space.root / SIZES, restored.sizes)


def write_sizes(path: Path, sizes: Mapping[str, tuple[int, int]]) -> None:
    """The table that stands in for GT where there is none."""
    rows = [(f"{key}.png", width, height) for key, (width, height) in sorted(sizes.items())]
    write_csv(path, ("name", "width", "height"), rows)
