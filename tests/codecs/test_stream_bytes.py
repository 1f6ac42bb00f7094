"""Every byte of a codec's stream is the codec's: nothing printed, embedded or appended is counted as bits."""

import re
import sys
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image

from cmc.codecs.base import Codec
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from cmc.stream.header import CODEC_NUMBERS
from tests.conftest import photo

PICTURES = {"coffee.png": (96, 64), "chelsea.png": (75, 51), "rocket.jpg": (160, 120)}
# Bytes in which an arithmetic or Huffman coder ends (H.265, 9.3.2.5; RFC 6386, 7.3; T.81, F.1.2.3): its last bits, the
# stop bit and alignment, which a lenient decoder fills up with zeros. None where the format states its own length.
TERMINATION = {"vvc": 1, "hevc": 2, "avc": 2, "av1": 0, "jpegxl": 0, "webp": 1, "jpeg": 1, "avif": 0}
NAL_START = re.compile(rb"\x00\x00\x01")
# Slice types: VVC IDR_W_RADL to CRA (7 to 9), HEVC BLA to CRA (16 to 21), AVC IDR (5).
SLICE_TYPES = {"vvc": range(7, 10), "hevc": range(16, 22), "avc": range(5, 6)}


def middle(name: str) -> Codec:
    coarse, fine = CODECS.get(name).facts.qp
    return CODECS.get(name).create(qp=(coarse + fine) // 2)


def nal_type(codec: str, unit: bytes) -> int:
    return {"vvc": unit[1] >> 3, "hevc": unit[0] >> 1 & 63, "avc": unit[0] & 31}[codec]


def notices(codec: Codec, stream: bytes, picture: Image.Image) -> bool:
    try:
        return codec.decode(stream, picture.size).tobytes() != picture.tobytes()
    except CMCError:
        return True


def test_every_codec_is_looked_at() -> None:
    assert TERMINATION.keys() == CODEC_NUMBERS.keys()


@pytest.mark.parametrize("name", TERMINATION)
@pytest.mark.parametrize(("source", "size"), PICTURES.items())
def test_the_decoder_misses_what_is_cut_off_the_end(
    name: str, source: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cmc.codecs.ffmpeg._PATIENCE", 2.0)
    codec = middle(name)
    coded = codec.code(photo(source).resize(size))
    assert notices(codec, coded.stream[: -1 - TERMINATION[name]], coded.picture)


@pytest.mark.parametrize("name", TERMINATION)
@pytest.mark.parametrize(("source", "size"), PICTURES.items())
def test_no_text_is_in_a_stream(name: str, source: str, size: tuple[int, int]) -> None:
    stream = middle(name).encode(photo(source).resize(size))
    assert not re.search(rb"[\t\n\r -~]{16}", stream)


@pytest.mark.parametrize("name", SLICE_TYPES)
def test_the_last_unit_is_the_one_slice_and_ends_in_its_stop_bit(name: str) -> None:
    # A stream whose first byte is 0 is whole; the head of every other one comes back before its body.
    from cmc.codecs import parameter_sets

    stream = parameter_sets.restore(name, middle(name).encode(photo("coffee.png").resize((96, 64))))
    units = [stream[found.end() :] for found in NAL_START.finditer(stream)]
    assert [nal_type(name, unit) in SLICE_TYPES[name] for unit in units] == [False] * (len(units) - 1) + [True]
    assert stream[-1] != 0


@pytest.mark.parametrize("name", ["vvc", "hevc", "avc", "av1", "jpegxl"])
def test_what_libraries_print_is_in_no_stream(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = photo("coffee.png").resize((64, 48))
    coded = middle(name).code(image)
    chatty = tmp_path / "ffmpeg"
    chatty.write_text(
        f"#!{sys.executable}\nimport os, sys\nos.write(1, b'warning: settings are reset\\n')\n"
        f"os.execv({imageio_ffmpeg.get_ffmpeg_exe()!r}, ['ffmpeg', *sys.argv[1:]])\n"
    )
    chatty.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(chatty))
    assert imageio_ffmpeg.get_ffmpeg_exe() == str(chatty)
    again = middle(name).code(image)
    assert again.stream == coded.stream
    assert again.picture.tobytes() == coded.picture.tobytes()


@pytest.mark.parametrize("name", TERMINATION)
def test_profiles_and_comments_of_a_picture_do_not_travel(name: str) -> None:
    bare = photo("coffee.png").resize((64, 48))
    dressed = bare.copy()
    dressed.info = {"icc_profile": b"profile" * 99, "exif": b"Exif\0\0" + bytes(99), "comment": b"words" * 20}
    assert middle(name).encode(dressed) == middle(name).encode(bare)
