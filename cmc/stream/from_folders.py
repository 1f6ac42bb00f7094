"""From the folders to streams: what the decoder would be given of one image, taken together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from cmc.codecs import pixelgrid
from cmc.codecs.base import Codec, decode_checked
from cmc.codecs.grid_geometry import PixelGrid, read_grid
from cmc.core.errors import CMCError
from cmc.core.images import load_rgb
from cmc.core.items import SentText
from cmc.core.modes import Mode
from cmc.core.names import existing
from cmc.maps import map_file
from cmc.stream.stream import Stream


@dataclass(frozen=True)
class Folders:
    """Where an image's parts lie: what is sent of its caption by key, `Ref`, and the codec that Ref/image was made
    with."""

    sent: Mapping[str, SentText]
    ref: Path
    codec_name: str
    codec: Codec
    suffix: str


def gather(key: str, size: tuple[int, int], modes: Sequence[Mode], folders: Folders) -> list[Stream]:
    """One stream a mode of an image of GT `size`; details and maps in modes of both text and reference.

    Raises CMCError when a reference or a map is missing, is no grid of the geometry that its run file states, or is not
    what its codec stream decodes to: the decoder must be given by the stream what it is given by the folders.
    """
    sent = folders.sent.get(key, SentText((), ""))
    maps = _maps(key, sent, folders) if sent.details and any(mode.itemised for mode in modes) else None
    starts: dict[str | None, Stream] = {}
    for mode in modes:
        if mode.reference not in starts:
            starts[mode.reference] = _start(mode, key, size, folders)
    return [_with_texts(replace(starts[mode.reference], mode=mode), sent, maps) for mode in modes]


def _with_texts(start: Stream, sent: SentText, maps: np.ndarray | None) -> Stream:
    """A stream of a reference alone with what its mode sends of a caption."""
    details, maps = (sent.details, maps) if start.mode.itemised else ((), None)
    return replace(start, text=sent.overall if start.mode.captioned else "", details=details, maps=maps)


def _start(mode: Mode, key: str, size: tuple[int, int], folders: Folders) -> Stream:
    """A stream of a reference alone."""
    if mode.reference == "pixel":
        geometry = read_grid(folders.ref / "pixel")
        grid = _grid(existing(folders.ref / "pixel" / f"{key}.png"), size, geometry)
        return Stream(mode, size, grid=grid, geometry=geometry)
    if mode.reference == "image":
        picture, codec = _picture(key, size, folders), folders.codec
        return Stream(mode, size, codec=folders.codec_name, picture=picture, weights=codec.weights)
    return Stream(mode, size)


def _maps(key: str, sent: SentText, folders: Folders) -> np.ndarray:
    """The maps of the details that are sent."""
    path = existing(folders.ref / map_file.FOLDER / f"{key}{map_file.SUFFIX}")
    maps = map_file.read_maps(path).maps
    if len(maps) < len(sent.details):
        raise CMCError(f"{path} has {len(maps)} maps, expected {len(sent.details)}; make them anew with cmc maps")
    return maps[: len(sent.details)]


def _grid(path: Path, size: tuple[int, int], geometry: PixelGrid) -> np.ndarray:
    image = load_rgb(path)
    levels = pixelgrid.from_image(image, geometry)
    columns, rows = pixelgrid.grid_size(size, geometry)
    if image.size != (columns, rows) or not _same_pixels(pixelgrid.to_image(levels, geometry), image):
        actual = f"{image.width}x{image.height}" if image.size != (columns, rows) else "finer levels"
        expected = f"expected {columns}x{rows} pixels of {geometry.bits} bits a channel"
        raise CMCError(f"{path} is no pixel reference: {expected}, found {actual}; run cmc reference")
    return levels


def _picture(key: str, size: tuple[int, int], folders: Folders) -> bytes:
    path = existing(folders.ref / "image" / f"{key}{folders.suffix}")
    if not path.is_file():
        raise CMCError(f"no {folders.codec_name} stream {path}; keep one with cmc reference")
    stream, picture = path.read_bytes(), load_rgb(existing(path.with_name(f"{key}.png")))
    if not _same_pixels(decode_checked(folders.codec, stream, size), picture):
        raise CMCError(f"{path} does not decode to {key}.png beside it; make both with cmc reference")
    return stream


def _same_pixels(first: Image.Image, second: Image.Image) -> bool:
    return first.size == second.size and first.tobytes() == second.tobytes()
