import random
import zlib

import numpy as np
import pytest

from cmc.codecs import parameter_sets
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from tests.conftest import photo

NAMES = ("vvc", "hevc", "avc", "av1", "avif")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(96, 64), (130, 30)])
def test_a_stream_comes_back_to_the_byte_and_is_shorter(name: str, size: tuple[int, int]) -> None:
    stream = CODECS.get(name).create().encode(photo("coffee.png").resize(size))
    whole = parameter_sets.restore(name, stream)
    assert parameter_sets.shorten(name, whole) == stream
    assert len(stream) < len(whole)


def test_at_a_common_size_parameter_sets_take_5_bytes() -> None:
    stream = CODECS.get("hevc").create().encode(photo("coffee.png").resize((512, 512)))
    whole = parameter_sets.restore("hevc", stream)
    assert stream[0] <= 5
    assert whole.startswith(b"\0\0\0\1\x40\x01")
    assert len(whole) - len(stream) > 60


def test_no_encoder_leaves_its_name_or_settings_in_a_stream() -> None:
    image = photo("coffee.png").resize((96, 64))
    for name in NAMES:
        stream = parameter_sets.restore(name, CODECS.get(name).create().encode(image)).lower()
        assert not any(word in stream for word in (b"x264", b"x265", b"lavc", b"libaom", b"exif"))


def test_heads_that_no_byte_can_measure_and_whole_files_decode_too() -> None:
    image = photo("coffee.png").resize((96, 64))
    codec = CODECS.get("hevc").create(qp=30)
    whole = parameter_sets.restore("hevc", codec.encode(image))
    strange = b"\0\0\0\1\x40\x01" + bytes(random.Random(0).choices(range(1, 256), k=400)) + whole
    assert parameter_sets.restore("hevc", parameter_sets.shorten("hevc", strange)) == strange
    assert codec.decode(whole, image.size).tobytes() == codec.code(image).picture.tobytes()


def test_a_damaged_or_swollen_head_is_bounded() -> None:
    with pytest.raises(CMCError, match="damaged"):
        parameter_sets.restore("hevc", b"\x03\xff\xff\xff rest")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(40_000)) + packer.flush()
    assert len(bomb) < 256
    assert len(parameter_sets.restore("hevc", bytes([len(bomb)]) + bomb)) <= parameter_sets.MAX_PARAMETERS


def test_streams_of_before_a_head_was_added_decode() -> None:
    stream = bytes.fromhex("04a38d630141c40100c3c0052fe85751f5c664" + "000003" * 15 + "0001bb")
    decoded = CODECS.get("vvc").create().decode(stream, (1024, 768))
    assert (np.asarray(decoded) == (91, 121, 64)).all()
