"""From the folders to streams: what the decoder would be given of one image, taken together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cmc.codecs import pixelgrid
from cmc.codecs.base import Codec, decode_checked
from cmc.codecs.grid_geometry import check_benchmark
from cmc.core.errors import CMCError
from cmc.core.images import load_rgb
from cmc.core.modes import Mode
from cmc.core.names import existing
from cmc.stream.container import Stream


@dataclass(frozen=True)
class Folders:
    """Where an image's parts lie: captions by key, `Ref`, and the codec that Ref/image was made with."""

    captions: Mapping[str, str]
    ref: Path
    codec_name: str
    codec: Codec
    suffix: str


def gather(key: str, size: tuple[int, int], modes: Sequence[Mode], folders: Folders) -> list[Stream]:
    """One stream a mode of an image of GT `size`.

    Raises CMCError when a reference is missing, is no grid of the benchmark's, or is not what its codec stream decodes
    to: the decoder must be given by the stream what it is given by the folders.
    """
    kinds = {mode.reference for mode in modes}
    if "pixel" in kinds:
        check_benchmark(folders.ref / "pixel")
    picture = _picture(key, size, folders) if "image" in kinds else b""
    grid = _grid(existing(folders.ref / "pixel" / f"{key}.png"), size) if "pixel" in kinds else None
    return [_stream(mode, size, folders, folders.captions.get(key, ""), picture, grid) for mode in modes]


def _stream(
    mode: Mode, size: tuple[int, int], folders: Folders, caption: str, picture: bytes, grid: np.ndarray | None
) -> Stream:
    caption = caption if mode.captioned else ""
    if mode.reference == "image":
        return Stream(mode, size, caption, codec=folders.codec_name, picture=picture)
    return Stream(mode, size, caption, grid=grid if mode.reference else None)


def _grid(path: Path, size: tuple[int, int]) -> np.ndarray:
    image = load_rgb(path)
    levels = pixelgrid.from_image(image)
    if image.size != pixelgrid.grid_size(size) or not _same_pixels(pixelgrid.to_image(levels), image):
        columns, rows = pixelgrid.grid_size(size)
        actual = f"{image.width}x{image.height}" if image.size != (columns, rows) else "finer levels"
        expected = f"expected {columns}x{rows} pixels of 4 bits a channel"
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
