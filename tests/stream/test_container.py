import numpy as np
import pytest

from cmc.codecs.pixelgrid import to_levels
from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.stream import header
from cmc.stream.caption_coder import TextCoder
from cmc.stream.container import pack, split, unpack
from cmc.stream.stream import Stream
from tests.conftest import photo

GRID = to_levels(photo("coffee.png"))
STREAMS = {
    "text": Stream(MODES["text"], (1024, 768), "A cup of coffee on a wooden table."),
    "no words": Stream(MODES["text"], (1, 16384)),
    "pixel": Stream(MODES["pixel"], (600, 400), "A cup of coffee.", grid=GRID),
    "pixel, no words": Stream(MODES["pixel"], (600, 400), grid=GRID),
    "full": Stream(MODES["full"], (640, 480), "coffee " * 90, codec="vvc", picture=bytes(range(256))),
    "full, no words": Stream(MODES["full"], (640, 480), codec="avif", picture=b"x"),
    "image": Stream(MODES["image"], (16384, 1), codec="vvc", picture=b"some stream"),
}


@pytest.mark.parametrize("coder", [None, *list(TextCoder)[1:]])
@pytest.mark.parametrize("name", STREAMS)
def test_streams_come_back(name: str, coder: TextCoder | None) -> None:
    stream = STREAMS[name]
    data = pack(stream, coder)
    back = unpack(data)
    assert (back.mode, back.size, back.text) == (stream.mode, stream.size, stream.text)
    assert (back.codec, back.picture) == (stream.codec, stream.picture)
    assert (back.grid is None) == (stream.grid is None)
    assert stream.grid is None or np.array_equal(back.grid, stream.grid)
    assert sum(split(data).ledger().values()) == len(data)


def test_the_ledger_says_what_each_part_costs() -> None:
    assert split(pack(STREAMS["no words"])).ledger() == {"header": 8, "text": 0, "maps": 0, "pixels": 0, "codec": 0}
    image = split(pack(STREAMS["image"])).ledger()
    assert image == {"header": 8, "text": 0, "maps": 0, "pixels": 0, "codec": len(STREAMS["image"].picture)}
    pixel = split(pack(STREAMS["pixel, no words"])).ledger()
    assert pixel["text"] == pixel["codec"] == 0
    assert 0 < pixel["pixels"] <= 0.7 * GRID.size / 2


def test_a_caption_in_image_mode_costs_nothing() -> None:
    stream = Stream(MODES["image"], (64, 64), "never shown", codec="vvc", picture=b"x")
    assert unpack(pack(stream)).text == ""
    assert len(pack(stream)) == 9


def test_a_grid_of_noise_takes_no_more_than_raw() -> None:
    grid = np.random.default_rng(1).integers(0, 16, (10, 10, 3)).astype(np.uint8)
    data = pack(Stream(MODES["pixel"], (640, 640), grid=grid))
    assert len(data) == 8 + 150
    assert np.array_equal(unpack(data).grid, grid)


def test_the_format_is_frozen() -> None:
    assert pack(STREAMS["text"]).hex() == "c1f100ffc2ffb2562c3b0b2667"
    assert pack(STREAMS["full, no words"]).hex() == "c100809fc1dfe45a78"


@pytest.mark.parametrize("name", STREAMS)
def test_every_flipped_bit_and_every_truncation_is_found(name: str) -> None:
    data = pack(STREAMS[name])
    for place in range(8 * len(data)):
        altered = bytearray(data)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(CMCError):
            unpack(bytes(altered))
    for end in range(len(data)):
        with pytest.raises(CMCError):
            unpack(data[:end])


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (Stream(MODES["text"], (16385, 4)), "16385x4: a stream holds sides of 1 to 16,384"),
        (Stream(MODES["text"], (0, 4)), "0x4"),
        (Stream(MODES["image"], (4, 4), codec="mine", picture=b"x"), "no number for codec 'mine'; it has vvc"),
        (Stream(MODES["pixel"], (600, 300), grid=GRID), "grid of 10x5"),
    ],
)
def test_what_does_not_fit_is_refused(stream: Stream, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        pack(stream)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no .cmc stream"),
        (b"\x89PNG\r\n\x1a\n and so on", "no .cmc stream"),
        (b"\xc3" + bytes(20), "version 1 or 2, found 3"),
        (b"\xc1", "truncated or altered"),
        (b"\xc1" + bytes(20), "truncated or altered"),
    ],
)
def test_foreign_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        unpack(data)


def forge(second: int, coder: int, size: tuple[int, int], body: bytes, version: int = 1) -> bytes:
    """A file with a checksum that holds, as an attacker would write it."""
    start = bytes([0xC0 + version, second]) + (coder << 28 | (size[0] - 1) << 14 | (size[1] - 1)).to_bytes(4, "big")
    return start + header._check(start, body) + body


FULL, IMAGE, PIXEL, TEXT = 0 << 6, 1 << 6, 2 << 6, 3 << 6
RAW, WORDS = 1 << 4, 3 << 4 | 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (forge(IMAGE | WORDS, 1, (64, 64), b"abc"), "contradicts itself"),
        (forge(TEXT | WORDS & 0xF0, 0, (64, 64), b"abc"), "contradicts itself"),
        (forge(TEXT | WORDS & 0xF0 | 9, 0, (64, 64), b"abc"), "word table 9"),
        (forge(IMAGE, 15, (64, 64), b"abc"), "coder 15"),
        (forge(TEXT, 1, (64, 64), b""), "coder 1"),
        (forge(TEXT, 0, (64, 64), b"trailing"), "8 bytes of picture in text mode"),
        (forge(IMAGE, 1, (64, 64), b""), "0 bytes of picture in image mode"),
        (forge(TEXT | RAW, 0, (64, 64), b""), "empty caption"),
        (forge(FULL | RAW, 1, (64, 64), b"\x7fabc"), "caption of 127 bytes, found 3"),
        (forge(FULL | RAW, 1, (64, 64), b"\xff\xff\xff\xff\xff"), "length is damaged"),
        (forge(PIXEL, 0, (16384, 16384), b"abc"), "expected 98304 bytes of pixels"),
        (forge(PIXEL, 1, (16384, 16384), b"abc"), "end too early|damaged"),
    ],
)
def test_forged_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        unpack(data)
