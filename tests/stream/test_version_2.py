"""What version 1 has no room for; and that what it has room for is written and read as ever."""

from dataclasses import replace

import numpy as np
import pytest

from cmc.codecs.grid_geometry import BENCHMARK, MISC, PixelGrid
from cmc.codecs.pixelgrid import grid_size, to_levels
from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.registry import CODECS
from cmc.stream import codec_part, header
from cmc.stream.container import pack, split, unpack
from cmc.stream.pixel_part import MOST_PREDICTED
from cmc.stream.stream import Stream
from tests.conftest import photo
from tests.stream.test_container import FULL, IMAGE, PIXEL, STREAMS, TEXT, forge

DETAILS = ("small wooden boat with a white sail", "tall white tower on dark rocks", "grey gulls above the water")
MAPS = np.zeros((3, 8, 8), bool)
MAPS[0, 4:7, 1:5], MAPS[1, 0:6, 6:8], MAPS[2, 1, 2:6] = True, True, True
OVERALL = "A red boat leaves a harbour at dusk, passing a lighthouse."


def _grid(geometry: PixelGrid, **more: object) -> Stream:
    levels = to_levels(photo("coffee.png"), geometry)
    return Stream(MODES["pixel"], (600, 400), OVERALL, grid=levels, geometry=geometry, **more)  # type: ignore[arg-type]


NEW = {
    "three details": Stream(MODES["full"], (640, 480), OVERALL, None, "vvc", b"stream", DETAILS, MAPS),
    "one detail": Stream(MODES["full"], (640, 480), OVERALL, None, "avif", b"x", DETAILS[:1], MAPS[:1]),
    "noise as maps": Stream(
        MODES["full"], (64, 64), "x", None, "av1", b"x", DETAILS, np.random.default_rng(0).integers(0, 2, (3, 8, 8)) > 0
    ),
    "maps of nothing": Stream(MODES["full"], (64, 64), "x", None, "av1", b"x", DETAILS, np.zeros((3, 8, 8), bool)),
    "details, the benchmark's grid": _grid(BENCHMARK, details=DETAILS[:2], maps=MAPS[:2]),
    "MISC": _grid(MISC, details=DETAILS, maps=MAPS),
    "MISC, no details": _grid(MISC),
    "MISC, no words": replace(_grid(MISC), text=""),
    "other blocks": _grid(PixelGrid(32, 8)),
    "other levels": _grid(PixelGrid(64, 2, "floor")),
    "all levels": _grid(PixelGrid(100, 256)),
    "learned, image": Stream(MODES["image"], (64, 64), codec="mbt2018", picture=b"stream", weights=b"\1\2\3\4"),
    "learned, full": Stream(
        MODES["full"], (64, 64), OVERALL, None, "cheng2020-attn", b"x", DETAILS, MAPS, weights=b"abcd"
    ),
    "a number of its own, image": Stream(
        MODES["image"], (64, 48), codec="diffc", picture=b"steps", weights=b"\1\2\3\4"
    ),
    "a number of its own, full": Stream(MODES["full"], (64, 48), "a cup", None, "diffc", b"x", weights=b"abcd"),
}


@pytest.mark.parametrize("name", NEW)
def test_streams_come_back(name: str) -> None:
    stream = NEW[name]
    data = pack(stream)
    back = unpack(data)
    assert data[0] == 0xC2
    assert replace(back, grid=None, maps=None) == replace(stream, grid=None, maps=None)
    assert np.array_equal(back.grid, stream.grid) if back.grid is not None else stream.grid is None
    assert np.array_equal(back.maps, stream.maps) if back.maps is not None else stream.maps is None
    parts = split(data)
    assert sum(parts.ledger().values()) == len(data)
    assert len(parts.maps) <= 1 + 8 * len(stream.details)


# Written by the first version of this toolkit.
PIXELS = (
    "001b246b1e932f2eed396408c6164bad337e1b8c396c387cfbd98c31aa376f608a6"
    "d67b381fded5e7de5e062762740da1153cb918117d6f80a1b5a41"
)
FIRST = {
    "text": "c1f100ffc2ffb2562c3b0b2667",
    "no words": "c1c000003fffcd63",
    "pixel, no words": "c1801095c18ffb14" + PIXELS,
    "pixel": "c1b11095c18ff69a042c3b0a83" + PIXELS,
    "full": "c120109fc1df44f3151b7502f88d946ede4435f696652066515b2430854f" + bytes(range(256)).hex(),
    "full, no words": "c100809fc1dfe45a78",
    "image": "c1401fffc00007d4736f6d652073747265616d",
}


@pytest.mark.parametrize("name", STREAMS)
def test_what_version_1_holds_is_written_and_read_as_ever(name: str) -> None:
    data, stream = bytes.fromhex(FIRST[name]), STREAMS[name]
    assert pack(stream) == data
    back = unpack(data)
    assert replace(back, grid=None) == replace(stream, grid=None)
    assert stream.grid is None or np.array_equal(back.grid, stream.grid)


# Of the second, as it is written since.
SECOND = {
    "learned, image": "c240b00fc03faf490102030473747265616d",
    "a number of its own, image": "c240000fc02f701f10010203047374657073",
    "a number of its own, full": "c231000fc02ff0130309358e00106162636478",
}


@pytest.mark.parametrize("name", SECOND)
def test_what_version_2_holds_is_written_as_ever(name: str) -> None:
    assert pack(NEW[name]).hex() == SECOND[name]


def test_a_codec_number_that_this_toolkit_lacks_is_one_of_a_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack(NEW["a number of its own, image"])
    assert (data[2] >> 4, data[8]) == (0, 16)
    with monkeypatch.context() as patch:
        patch.setattr(header, "LEARNED_NUMBERS", {**header.LEARNED_NUMBERS, "diffc": 17})
        patch.setattr(codec_part, "LEARNED_NUMBERS", header.LEARNED_NUMBERS)
        later = pack(NEW["a number of its own, image"])
    with pytest.raises(CMCError, match="has coder 17, which this toolkit lacks; update cmc"):
        unpack(later)
    empty = header.write(replace(header.read(data)[0], reference="diffc"), b"")
    with pytest.raises(CMCError, match="no coder; fetch the file again"):
        unpack(empty)


def test_readers_of_before_refuse_a_codec_number_that_follows() -> None:
    # They look 0 up among the numbers that they know, and ask for a newer cmc.
    assert 0 not in header.references(MODES["image"], 2).values()
    assert 0 not in header.references(MODES["full"], 1).values()


@pytest.mark.parametrize("name", NEW)
def test_every_flipped_bit_and_every_truncation_is_found(name: str) -> None:
    data = pack(NEW[name])
    for place in range(8 * len(data)):
        altered = bytearray(data)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(CMCError):
            unpack(bytes(altered))
    for end in range(len(data)):
        with pytest.raises(CMCError):
            unpack(data[:end])


def test_every_learned_codec_has_a_number_and_no_other_codec_two() -> None:
    known = header.CODEC_NUMBERS | header.LEARNED_NUMBERS
    assert sorted(known) == sorted(CODECS.names())
    assert len(set(known.values())) == len(known)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (replace(NEW["MISC"], maps=None), "a map for each of 3 details, found 0"),
        (replace(NEW["MISC"], maps=MAPS[:2]), "a map for each of 3 details, found 2"),
        (replace(NEW["MISC"], details=()), "a map for each of 0 details, found 3"),
        (replace(NEW["MISC"], details=(*DETAILS, "x"), maps=np.zeros((4, 8, 8), bool)), "3 details at most, found 4"),
        (replace(NEW["MISC"], details=("a\nb", *DETAILS[1:])), "on a line each, found 'a"),
        (replace(NEW["MISC"], text=""), "on a line each, found ''"),
        (Stream(MODES["text"], (4, 4), "x", details=DETAILS, maps=MAPS), "not in text mode"),
        (replace(NEW["learned, image"], details=DETAILS, maps=MAPS), "not in image mode"),
        (
            replace(NEW["MISC"], geometry=PixelGrid(100_000), grid=np.zeros((1, 1, 3), np.uint8)),
            "65,536 pixels at most",
        ),
        (replace(NEW["learned, image"], weights=b""), "4 bytes that tell mbt2018's weights, found 0"),
        (replace(NEW["three details"], weights=b"abcd"), "0 bytes that tell vvc's weights, found 4"),
    ],
)
def test_what_does_not_fit_is_refused(stream: Stream, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        pack(stream)


RAW = 1 << 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (forge(TEXT | RAW, 0, (64, 64), b"abc", 2), "holds nothing that needs it"),
        (forge(PIXEL | RAW, 0, (64, 64), b"\1a\0\0" + b"ab", 2), "holds nothing that needs it"),
        (forge(PIXEL | RAW, 0, (64, 64), b"\1a\x20\0" + b"ab", 2), "1 details before the description, found 0"),
        (forge(PIXEL | RAW, 0, (64, 64), b"\3a\nb\x80\0" + b"ab", 2), "maps of items are damaged"),
        (forge(PIXEL | RAW, 0, (64, 64), b"\3a\nb\x2fabc", 2), "maps of items are damaged"),
        (forge(PIXEL | RAW, 0, (64, 64), b"\3a\nb", 2), "maps of items are damaged"),
        (forge(PIXEL | RAW, 0, (64, 64), b"\3a\nb\x29" + bytes(10), 2), "at most 8 bytes of 1 maps, found 9"),
        (forge(PIXEL | RAW, 0, (64, 64), b"\3a\n\n\x28" + bytes(9), 2), "bytes of pixels|damaged"),
        (forge(PIXEL, 0, (64, 64), b"", 2), "geometry is damaged"),
        (forge(PIXEL, 0, (64, 64), b"\x10\0", 2), "geometry is damaged"),
        (forge(PIXEL, 0, (64, 64), b"\x30\0\0\0", 2), "geometry is damaged"),
        (forge(PIXEL, 0, (64, 64), b"\x13\0\x3f" + b"ab", 2), "geometry contradicts itself"),
        (forge(PIXEL, 0, (64, 64), b"\x04" + b"ab", 2), "geometry contradicts itself"),
        (forge(PIXEL, 1, (16384, 16384), b"\x13\0\0abc", 2), "expected 65,536 at most"),
        (forge(PIXEL, 0, (16384, 16384), b"\x13\0\0abc", 2), "bytes of pixels"),
        (forge(IMAGE, 13, (64, 64), b"abcd", 2), "0 bytes of picture in image mode"),
        (forge(IMAGE, 13, (64, 64), b"ab", 2), "0 bytes of picture in image mode"),
        (forge(IMAGE, 13, (64, 64), b"abcdx"), "coder 13, which this toolkit lacks"),
        (forge(IMAGE, 1, (64, 64), b"abcd", 2), "holds nothing that needs it"),
        (forge(FULL | RAW, 1, (64, 64), b"\1a\0abcd", 2), "holds nothing that needs it"),
    ],
)
def test_forged_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        unpack(data)


def test_large_grids_are_sent_as_they_are() -> None:
    geometry = PixelGrid(1, 2)
    columns, rows = grid_size((512, 512), geometry)
    assert columns * rows > MOST_PREDICTED
    stream = Stream(MODES["pixel"], (512, 512), grid=np.zeros((rows, columns, 3), np.uint8), geometry=geometry)
    assert len(pack(stream)) == 8 + 3 + columns * rows * 3 // 8
    assert np.array_equal(unpack(pack(stream)).grid, stream.grid)
