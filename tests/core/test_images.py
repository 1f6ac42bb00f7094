import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from cmc.core import images
from cmc.core.errors import ImageError
from cmc.core.images import is_lossless, load_rgb, probe, render_size, save_png
from tests.conftest import photo

COFFEE = photo("coffee.png").resize((60, 40))


def test_png_round_trip_is_lossless_and_leaves_no_other_file(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", COFFEE)
    assert load_rgb(tmp_path / "a.png").tobytes() == COFFEE.tobytes()
    assert probe(tmp_path / "a.png") == (60, 40)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    grey = np.asarray(load_rgb(tmp_path / "a.png"))
    assert np.array_equal(grey[:, :, 0], np.arange(256).reshape(16, 16))
    assert np.array_equal(grey[:, :, 0], grey[:, :, 2])


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    COFFEE.convert(mode).save(path)
    loaded = load_rgb(path)
    assert loaded.mode == "RGB"
    assert loaded.size == (60, 40) == probe(path)
    if mode == "RGBA":
        assert loaded.tobytes() == COFFEE.tobytes()


def test_profiles_and_comments_do_not_travel(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    COFFEE.save(tmp_path / "a.png", icc_profile=profile, dpi=(300, 300))
    assert load_rgb(tmp_path / "a.png").info == {}
    save_png(tmp_path / "b.png", load_rgb(tmp_path / "a.png"))
    assert "icc_profile" not in Image.open(tmp_path / "b.png").info


def test_exif_orientation_is_applied_to_size_and_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    COFFEE.save(tmp_path / "a.jpg", exif=exif, quality=95)
    assert probe(tmp_path / "a.jpg") == load_rgb(tmp_path / "a.jpg").size == (40, 60)


def test_truncated_png_is_found_without_decoding(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", COFFEE)
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[: len(data) // 2])
    for read in (probe, load_rgb):
        with pytest.raises(ImageError, match=r"a\.png is damaged or truncated"):
            read(tmp_path / "a.png")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


LONG = zlib.compress(b"step " * 2_000_000)  # 10 MB


@pytest.mark.parametrize("place", [b"IDAT", b"IEND"], ids=["before the pixels", "behind them"])
@pytest.mark.parametrize(
    ("kind", "data", "times"),
    [
        (b"tEXt", b"prompt\0" + bytes(65 for _ in range(9_000_000)), 1),
        (b"zTXt", b"prompt\0\0" + LONG, 5),
        (b"iTXt", b"workflow\0\1\0\0\0" + LONG, 5),
        (b"eXIf", b"II*\0" + bytes(9_000_000), 1),
        (b"iCCP", b"p\0\0" + LONG, 1),
        (b"prVt", bytes(9_000_000), 1),
    ],
    ids=["tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "private"],
)
def test_megabytes_beside_the_pixels_are_no_damage(
    tmp_path: Path, kind: bytes, data: bytes, times: int, place: bytes
) -> None:
    save_png(tmp_path / "a.png", COFFEE)
    whole = (tmp_path / "a.png").read_bytes()
    at = whole.index(place) - 4
    (tmp_path / "a.png").write_bytes(whole[:at] + times * _chunk(kind, data) + whole[at:])
    assert probe(tmp_path / "a.png") == (60, 40)
    assert load_rgb(tmp_path / "a.png").tobytes() == COFFEE.tobytes()
    assert load_rgb(tmp_path / "a.png").info == {}


@pytest.mark.parametrize("suffix", ["jpg", "webp", "tif", "avif"])
def test_a_large_profile_of_another_format(tmp_path: Path, suffix: str) -> None:
    COFFEE.save(tmp_path / f"a.{suffix}", icc_profile=bytes(3_000_000))
    assert probe(tmp_path / f"a.{suffix}") == load_rgb(tmp_path / f"a.{suffix}").size == (60, 40)


def test_a_text_that_would_fill_the_memory_is_still_refused(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", COFFEE)
    whole = (tmp_path / "a.png").read_bytes()
    at = whole.index(b"IDAT") - 4
    bomb = _chunk(b"zTXt", b"prompt\0\0" + zlib.compress(bytes(100 << 20)))
    (tmp_path / "a.png").write_bytes(whole[:at] + bomb + whole[at:])
    with pytest.raises(ImageError, match=r"a\.png"):
        load_rgb(tmp_path / "a.png")


def test_rubbish_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not an image at all")
    for read in (probe, load_rgb):
        with pytest.raises(ImageError, match=r"a\.png is not a readable image \(of no known format\)"):
            read(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("kind", "options", "lossless"),
    [
        ("PNG", {}, True),
        ("BMP", {}, True),
        ("PPM", {}, True),
        ("TGA", {}, True),
        ("TIFF", {"compression": "tiff_lzw"}, True),
        ("TIFF", {"compression": "jpeg"}, False),
        ("JPEG", {}, False),
        ("WEBP", {"lossless": True}, False),
        ("GIF", {}, False),
    ],
)
def test_lossless_is_what_the_format_is_whatever_the_name(
    tmp_path: Path, kind: str, options: dict[str, object], lossless: bool
) -> None:
    Image.new("RGB", (16, 16), "red").save(tmp_path / "a.png", kind, **options)
    assert is_lossless(tmp_path / "a.png") is lossless


def test_decompression_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    side = int(images.MAX_PIXELS**0.5) + 10
    Image.new("1", (side, side)).save(tmp_path / "a.png")
    Image.new("1", (2 * side, 2 * side)).save(tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        for read in (probe, load_rgb):
            with pytest.raises(ImageError, match="scale it down"):
                read(tmp_path / name)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1024, 768), (1024, 768)), ((512, 512), (1024, 1024)), ((640, 427), (1024, 680)), ((1, 2000), (64, 1024))],
)
def test_render_size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert render_size(size, 1024, 8) == expected


def test_a_png_of_any_level_has_the_same_pixels(tmp_path: Path) -> None:
    picture, sizes = photo("coffee.png").resize((96, 64)), {}
    for level in (None, 0, 9):
        path = tmp_path / f"{level}.png"
        save_png(path, picture, level=level)
        sizes[level] = path.stat().st_size
        assert Image.open(path).tobytes() == picture.tobytes()
    assert sizes[0] > 96 * 64 * 3 > sizes[None] >= sizes[9]
