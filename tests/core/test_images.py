from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from cmc.core import images
from cmc.core.errors import ImageError
from cmc.core.images import load_rgb, probe, render_size, save_png
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


def test_rubbish_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not an image at all")
    with pytest.raises(ImageError, match="not a readable image"):
        probe(tmp_path / "a.png")


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
