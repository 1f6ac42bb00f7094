"""What holds for every codec, whatever package it comes from."""

import numpy as np
import pytest
from PIL import Image

from cmc.codecs.base import Codec
from cmc.codecs.ffmpeg import VideoCodec
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from cmc.stream.header import CODEC_NUMBERS
from tests.conftest import photo

# Encoders told to lose nothing, in 4:4:4: what is left is the rounding of the colour conversion.
LOSSLESS = {
    "hevc": VideoCodec("hevc", "yuv444p10le", ["-c:v", "libx265", "-x265-params", "lossless=1:log-level=error"]),
    "avc": VideoCodec("h264", "yuv444p10le", ["-c:v", "libx264", "-qp", "0"]),
    "av1": VideoCodec("obu", "yuv444p10le", ["-c:v", "libaom-av1", "-cpu-used", "4", "-aom-params", "lossless=1"]),
}


def distance(one: Image.Image, other: Image.Image) -> np.ndarray:
    return np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int))


def middle(name: str) -> Codec:
    coarse, fine = CODECS.get(name).facts.qp
    return CODECS.get(name).create(qp=(coarse + fine) // 2)


def test_every_codec_that_a_stream_has_a_number_for_is_there() -> None:
    assert set(CODEC_NUMBERS) <= set(CODECS.names())


@pytest.mark.parametrize("name", CODEC_NUMBERS)
def test_streams_alone_decode_to_a_likeness_in_the_right_colours(name: str) -> None:
    image = photo("coffee.png").resize((75, 51))
    coded = middle(name).code(image)
    # Another instance, of another quality: nothing but the stream may be needed.
    again = CODECS.get(name).create().decode(coded.stream, image.size)
    assert again.tobytes() == coded.picture.tobytes()
    assert again.size == image.size
    assert distance(again, image).mean() < 12
    assert np.abs(np.asarray(again).mean((0, 1)) - np.asarray(image).mean((0, 1))).max() < 3
    assert min(coded.encode_s, coded.decode_s) > 0


@pytest.mark.parametrize("name", CODEC_NUMBERS)
def test_finer_settings_take_more_bytes_and_lose_less(name: str) -> None:
    image = photo("coffee.png").resize((96, 64))
    coarse, fine = CODECS.get(name).facts.qp
    coded = [CODECS.get(name).create(qp=qp).code(image) for qp in (coarse, (coarse + fine) // 2)]
    assert len(coded[0].stream) < len(coded[1].stream)
    assert distance(coded[0].picture, image).mean() > distance(coded[1].picture, image).mean()


@pytest.mark.parametrize("name", LOSSLESS)
def test_colour_conversion_loses_nothing_else(name: str) -> None:
    image = photo("astronaut.png").resize((65, 64))
    coded = LOSSLESS[name].code(image)
    assert distance(coded.picture, image).max() <= 1


@pytest.mark.parametrize("name", CODEC_NUMBERS)
def test_rubbish_is_one_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmc.codecs.ffmpeg._PATIENCE", 2.0)
    codec = middle(name)
    stream = codec.encode(photo("coffee.png").resize((96, 64)))
    for bad in (b"", b"rubbish", bytes(300), stream[:3]):
        with pytest.raises(CMCError):
            codec.decode(bad, (96, 64))


@pytest.mark.parametrize("name", ["jpegxl", "webp", "avif", "avc"])
def test_a_stream_of_another_size_is_refused(name: str) -> None:
    codec = middle(name)
    stream = codec.encode(photo("coffee.png").resize((96, 64)))
    with pytest.raises(CMCError, match=r"96x128|expected"):
        codec.decode(stream, (96, 128))


def test_code_refuses_a_codec_that_changes_the_size() -> None:
    class Cropping(Codec):
        def encode(self, image: Image.Image) -> bytes:
            return b"x"

        def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
            return Image.new("RGB", (1, 1))

    with pytest.raises(CMCError, match="mend its decode"):
        Cropping().code(Image.new("RGB", (4, 4)))


def test_jpeg_streams_come_back_at_every_quality() -> None:
    """At 9 and 17 the quantisation tables hold the bytes of the marker that ends the head."""
    image = photo("coffee.png").resize((24, 17))
    for quality in range(1, 101):
        codec = CODECS.get("jpeg").create(qp=quality)
        assert codec.decode(codec.encode(image), image.size).size == image.size
