"""Codecs that answer wrongly, and the ends of those that do not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cmc.codecs.base import Codec, decode_checked
from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from cmc.stages.code_images import CodedFolder, code_images
from tests.conftest import photo

RGB = Image.new("RGB", (30, 20), (9, 8, 7))


class Wrong(Codec):
    def __init__(self, stream: Any = b"x", picture: Any = RGB) -> None:
        self.stream, self.picture = stream, picture

    def encode(self, image: Image.Image) -> bytes:
        return self.stream(image) if callable(self.stream) else self.stream

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        return self.picture(stream) if callable(self.picture) else self.picture


def _raise(error: Exception) -> Any:
    def answer(_: object) -> Any:
        raise error

    return answer


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        (Wrong(None), "expected bytes from the codec, found None; mend its encode"),
        (Wrong(b""), "expected bytes from the codec, found none; mend its encode"),
        (Wrong(5), "found an int"),
        (Wrong("x"), "found a str"),
        (Wrong(bytearray(b"x")), "found a bytearray"),
        (Wrong(_raise(AttributeError("fromarray"))), "encoding 30x20 pixels failed: AttributeError: fromarray (test_"),
        (Wrong(_raise(OSError("broken data stream"))), "encoding 30x20 pixels failed: OSError: broken data stream"),
        (Wrong(picture=None), "expected a picture from the codec, found None; mend its decode"),
        (Wrong(picture=np.zeros((20, 30, 3), np.uint8)), "found a ndarray"),
        (Wrong(picture=RGB.convert("L")), "found one of mode L"),
        (Wrong(picture=RGB.convert("RGBA")), "found one of mode RGBA"),
        (Wrong(picture=RGB.convert("F")), "found one of mode F"),
        (Wrong(picture=RGB.resize((32, 20))), "expected a picture of 30x20 from the codec, found 32x20"),
        (Wrong(picture=_raise(EOFError())), "decoding 1 bytes failed: EOFError ("),
        (Wrong(picture=_raise(UnicodeDecodeError("utf-8", b"", 0, 1, "no"))), "failed: UnicodeDecodeError"),
    ],
)
def test_a_wrong_answer_fails_that_image_by_name(codec: Codec, told: str, tmp_path: Path) -> None:
    with pytest.raises(CMCError) as stop:
        codec.code(RGB)
    assert told in str(stop.value)
    for name in ("a", "b"):
        RGB.save(tmp_path / f"{name}.png")
    sound = CODECS.get("jpeg").create(qp=50)

    def code(key: str, image: Image.Image) -> Any:
        return 1, (codec if image.getpixel((0, 0)) == (9, 8, 7) else sound).code(image)

    photo("coffee.png").resize((30, 20)).save(tmp_path / "b.png")
    images = {name: tmp_path / f"{name}.png" for name in ("a", "b")}
    out = tmp_path / "out"
    folder, digests = CodedFolder(out, out, ".x", "settings"), FileDigests(tmp_path / "digests.sqlite")
    coded = {image.name: image.error for image in code_images(images, folder, code, digests, workers=2)}
    assert coded["b"] == ""
    assert told in coded["a"]
    assert {path.name for path in out.iterdir()} == {"b.png", "b.x", "streams.csv"}


def test_a_picture_that_is_cut_off_is_told_when_it_is_decoded(tmp_path: Path) -> None:
    photo("coffee.png").resize((30, 20)).save(tmp_path / "x.jpg", quality=95)
    data = (tmp_path / "x.jpg").read_bytes()
    (tmp_path / "x.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(CMCError, match="decoding 3 bytes failed: OSError"):
        decode_checked(Wrong(picture=lambda _: Image.open(tmp_path / "x.jpg")), b"xyz", (30, 20))


def test_a_codec_cannot_change_the_image_that_it_is_given() -> None:
    image = RGB.copy()

    def shrink(given: Image.Image) -> bytes:
        given.thumbnail((3, 3))
        return b"small"

    assert Wrong(shrink).code(image).picture.size == (30, 20)
    assert image.size == (30, 20)


@pytest.mark.parametrize("name", ["avc", "av1", "avif", "hevc", "jpeg", "jpegxl", "vvc", "webp"])
def test_the_ends_of_every_codec(name: str) -> None:
    entry = CODECS.get(name)
    codec = entry.create(qp=entry.facts.qp[0])
    for size in ((1, 1), (1, 77), (19, 2), (16, 15)):
        assert codec.code(photo("chelsea.png").resize(size)).picture.size == size


@pytest.mark.parametrize(
    ("name", "size", "told"),
    [
        ("webp", (3, 16_384), "3x16384: WEBP holds sides up to 16,383 pixels"),
        ("jpeg", (65_501, 1), "65501x1: JPEG holds sides up to 65,500 pixels"),
        ("avif", (1, 65_536), "1x65536: AVIF holds sides up to 65,535 pixels"),
        ("avc", (2, 16_900), "ffmpeg failed on 16x16900 pixels: [libx264] invalid width x height"),
        ("hevc", (16_900, 2), "ffmpeg failed on 16900x16 pixels: [libx265]"),
        ("av1", (66_000, 2), "ffmpeg failed on 66000x16 pixels: [libaom-av1]"),
        ("vvc", (26_000, 2), "26000"),
    ],
)
def test_an_image_over_a_codecs_limit_is_told_with_its_size(name: str, size: tuple[int, int], told: str) -> None:
    entry = CODECS.get(name)
    with pytest.raises(CMCError) as stop:
        entry.create(qp=entry.facts.qp[0]).code(Image.new("RGB", size, (9, 99, 9)))
    assert told in str(stop.value)
    assert "0x" not in str(stop.value).replace(str(size[0]) + "x", "")
