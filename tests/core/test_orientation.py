"""Every way up in every format: the size that is probed is the size that is loaded, and the pixels are upright."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.core.images import load_rgb, probe
from tests.conftest import photo

# Upright pixels from those that lie in the file, by the tag (EXIF 2.32, 4.6.4).
UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: np.swapaxes(pixels, 0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(np.swapaxes(pixels, 0, 1), 2),
    8: np.rot90,
}
SENSELESS = (0, 9, 65535)
FORMATS = {
    "jpg": {"quality": 100, "subsampling": 0},
    "png": {},
    "webp": {"lossless": True},
    "tif": {},
    "tiff": {"compression": "tiff_lzw"},
    "avif": {"quality": 100, "subsampling": "4:4:4"},
}
COFFEE = photo("coffee.png").resize((60, 40))


def _save(path: Path, image: Image.Image, tag: int, **options: object) -> None:
    exif = Image.Exif()
    patched = tag in SENSELESS and "compression" in options  # libtiff would not write it
    exif[0x0112] = 7 if patched else tag
    image.save(path, exif=exif, **options)
    if patched:
        entry = struct.pack("<HHI", 0x0112, 3, 1)
        there, other = (entry + struct.pack("<H", value) for value in (7, tag))
        assert path.read_bytes().count(there) == 1
        path.write_bytes(path.read_bytes().replace(there, other))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("tag", [*UPRIGHT, *SENSELESS])
def test_size_and_pixels(tmp_path: Path, suffix: str, tag: int) -> None:
    path = tmp_path / f"a.{suffix}"
    _save(path, COFFEE, tag, **FORMATS[suffix])
    expected = UPRIGHT.get(tag, UPRIGHT[1])(np.asarray(COFFEE)).astype(int)
    loaded = load_rgb(path)
    assert probe(path) == loaded.size == load_rgb(path, path.read_bytes()).size
    assert np.abs(np.asarray(loaded) - expected).mean() < 3


@pytest.mark.parametrize("mode", ["L", "I;16", "CMYK", "RGBA"])
def test_tiffs_that_pillow_would_map_into_memory(tmp_path: Path, mode: str) -> None:
    grey = np.asarray(COFFEE.convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    image = deep if mode == deep.mode else COFFEE.convert("L").convert("RGB").convert(mode)
    _save(tmp_path / "a.tif", image, 6)
    assert probe(tmp_path / "a.tif") == (40, 60)
    assert np.abs(np.asarray(load_rgb(tmp_path / "a.tif"))[..., 0] - np.rot90(grey, -1).astype(int)).max() <= 1


XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    ("kind", "data", "before", "size"),
    [
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP, True, (40, 60)),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP, False, (60, 40)),
        (b"eXIf", b"no EXIF at all", True, (60, 40)),
        (b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\x006\0\0\0\0\0\0\0", True, (60, 40)),
        (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 9\nzz"), True, (60, 40)),
    ],
    ids=["xmp", "behind the pixels", "damaged", "a text", "damaged profile"],
)
def test_other_places_and_damaged_tags_of_a_png(
    tmp_path: Path, kind: bytes, data: bytes, before: bool, size: tuple[int, int]
) -> None:
    path = tmp_path / "a.png"
    COFFEE.save(path)
    whole = path.read_bytes()
    at = whole.index(b"IDAT" if before else b"IEND") - 4
    path.write_bytes(whole[:at] + _chunk(kind, data) + whole[at:])
    assert probe(path) == load_rgb(path).size == size


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_tiff_turned_by_xmp(tmp_path: Path, compression: str | None) -> None:
    COFFEE.save(tmp_path / "a.tif", tiffinfo={700: XMP}, compression=compression)
    assert probe(tmp_path / "a.tif") == load_rgb(tmp_path / "a.tif").size == (40, 60)


def test_a_damaged_exif_block_says_nothing_of_the_pixels(tmp_path: Path) -> None:
    COFFEE.save(tmp_path / "a.jpg", exif=b"Exif\0\0junk")
    assert probe(tmp_path / "a.jpg") == load_rgb(tmp_path / "a.jpg").size == (60, 40)
