"""A ramp from black to white in every depth and colour model: the same levels, or a refusal that names what it is."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from cmc.core.errors import ImageError
from cmc.core.images import load_rgb, probe

RAMP = np.linspace(0, 1, 96).reshape(8, 12)
LEVELS = np.round(RAMP * 255)
GREY = Image.fromarray(LEVELS.astype(np.uint8))
OPTIONS = {"webp": {"lossless": True}, "jpg": {"quality": 100}, "avif": {"quality": 100}}
DEEP = np.round(RAMP * 65535).astype(np.uint16)


def _loaded(path: Path) -> np.ndarray:
    assert probe(path) == (12, 8)
    return np.asarray(load_rgb(path), dtype=float)


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm", "jp2"])
def test_sixteen_bits(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(DEEP).save(tmp_path / f"a.{suffix}")
    assert np.array_equal(_loaded(tmp_path / f"a.{suffix}")[..., 1], LEVELS)


def test_sixteen_bits_of_the_other_order_and_counted_from_white(tmp_path: Path) -> None:
    Image.frombytes("I;16B", (12, 8), DEEP.astype(">u2").tobytes()).save(tmp_path / "a.tif")
    assert np.array_equal(_loaded(tmp_path / "a.tif")[..., 0], LEVELS)
    Image.fromarray(65535 - DEEP).save(tmp_path / "b.tif", tiffinfo={262: 0})
    assert np.array_equal(_loaded(tmp_path / "b.tif")[..., 0], LEVELS)


def test_twelve_bits(tmp_path: Path) -> None:
    samples = [int(level) for level in np.round(RAMP * 4095).ravel()]
    packed = b"".join((a << 12 | b).to_bytes(3, "big") for a, b in zip(samples[::2], samples[1::2]))
    # Width, length, bits a sample, compression, photometric, the strip's place, samples, rows and bytes of the strip.
    tags = {256: 12, 257: 8, 258: 12, 259: 1, 262: 1, 273: 122, 277: 1, 278: 8, 279: len(packed)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    (tmp_path / "a.tif").write_bytes(head + packed)
    assert len(head) == tags[273]
    assert np.array_equal(_loaded(tmp_path / "a.tif")[..., 0], LEVELS)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_floats_from_0_to_1(tmp_path: Path, compression: str | None) -> None:
    Image.fromarray(RAMP.astype(np.float32)).save(tmp_path / "a.tif", compression=compression)
    assert np.array_equal(_loaded(tmp_path / "a.tif")[..., 2], LEVELS)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((RAMP * 255).astype(np.float32), "levels from 0 to 255, expected 0 to 1"),
        ((RAMP - 0.5).astype(np.float32), "levels from -0.5 to 0.5"),
        (np.where(RAMP > 0.5, np.nan, RAMP).astype(np.float32), "levels from nan"),
        (DEEP.astype(np.int32), "whole numbers of 32 bits"),
        ((RAMP * 2e9).astype(np.int32), "whole numbers of 32 bits"),
        (LEVELS.astype(np.int32), "whole numbers of 32 bits"),
    ],
    ids=range(6),
)
def test_what_has_no_scale_is_refused_by_name(tmp_path: Path, values: np.ndarray, why: str) -> None:
    Image.fromarray(values).save(tmp_path / "a.tif")
    with pytest.raises(ImageError, match=rf"a\.tif cannot be read as 8-bit RGB: it holds .*{why[:12]}") as stop:
        load_rgb(tmp_path / "a.tif")
    assert why in str(stop.value)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        *(("LA", suffix) for suffix in ("png", "tif", "jp2")),
        *(("CMYK", suffix) for suffix in ("jpg", "tif")),
        *(("YCbCr", suffix) for suffix in ("jpg", "tif", "jp2")),
        *(("RGBA", suffix) for suffix in ("png", "tga", "webp", "avif")),
        ("LAB", "tif"),
        ("RGBX", "tif"),
        ("L", "gif"),
    ],
)
def test_colour_models(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    profiles = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
    rgb = GREY.convert("RGB")
    image = ImageCms.profileToProfile(rgb, *profiles, outputMode=mode) if mode == "LAB" else rgb.convert(mode)
    image.save(
        path, **({"lossless": True} if suffix == "webp" else {"quality": 100} if suffix in ("jpg", "avif") else {})
    )
    assert np.abs(_loaded(path) - LEVELS[..., None]).max() <= 3


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "avif"])
def test_animations_are_refused_by_name(tmp_path: Path, suffix: str) -> None:
    frames = [GREY.convert("RGB"), GREY.rotate(180).convert("RGB")]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    for read in (probe, load_rgb):
        with pytest.raises(ImageError, match=rf"a\.{suffix} is an animation"):
            read(tmp_path / f"a.{suffix}")


def test_a_cameras_second_picture_is_no_animation(tmp_path: Path) -> None:
    frames = [GREY.convert("RGB"), GREY.resize((6, 4)).convert("RGB")]
    frames[0].save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=frames[1:])
    assert np.abs(_loaded(tmp_path / "a.jpg") - LEVELS[..., None]).mean() < 4
