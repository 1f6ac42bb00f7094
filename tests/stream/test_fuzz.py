"""More than 10,000 inputs, the same ones every time, none of which may crash, hang, or come back as something else."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmc.codecs.pixelgrid import grid_size
from cmc.core.errors import CMCError
from cmc.core.items import sent_of
from cmc.core.modes import MODES
from cmc.stream import caption_coder
from cmc.stream.caption_coder import TextCoder
from cmc.stream.container import pack, unpack
from cmc.stream.restored import caption_of
from cmc.stream.stream import Stream
from cmc.stream.word_tokens import join, split
from tests.stream.test_caption_coder import CAPTIONS
from tests.stream.test_container import STREAMS, forge
from tests.stream.test_version_2 import NEW

WORDS = [*" ".join(CAPTIONS).split(), " ", ",", '"', "\n", "é", "🐈"]
SIDES = st.integers(1, 16384)
CODERS = st.sampled_from(list(TextCoder)[1:])
WRITTEN = [pack(stream) for stream in (STREAMS | NEW).values()]


def fuzz(examples: int) -> Callable:
    """Hypothesis without its database or its clock, with a fixed seed."""
    return settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )


def _survive(read: Callable[[], object]) -> None:
    with suppress(CMCError):
        read()


@fuzz(2000)
@given(st.text(max_size=60), CODERS)
def test_any_text_comes_back(caption: str, coder: TextCoder) -> None:
    assert join(split(caption)) == caption
    if caption:
        assert caption_coder.decode(*caption_coder.encode(caption, coder)) == caption


@fuzz(1000)
@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_scrambled_captions_come_back(pieces: list[str]) -> None:
    for caption in (" ".join(pieces), "".join(pieces)):
        assert caption_coder.decode(*caption_coder.encode(caption)) == caption


@fuzz(3000)
@given(st.binary(max_size=80), CODERS)
def test_any_bytes_as_caption(data: bytes, coder: TextCoder) -> None:
    _survive(lambda: caption_coder.decode(coder, data))


@fuzz(1000)
@given(st.binary(max_size=100))
def test_any_bytes_as_file(data: bytes) -> None:
    _survive(lambda: unpack(data))


@fuzz(3000)
@given(st.integers(0, 255), st.integers(0, 15), st.tuples(SIDES, SIDES), st.binary(max_size=60), st.integers(1, 2))
def test_any_header_with_a_checksum_that_holds(
    second: int, coder: int, size: tuple[int, int], body: bytes, version: int
) -> None:
    _survive(lambda: unpack(forge(second, coder, size, body, version)))


@fuzz(2000)
@given(st.sampled_from(sorted(NEW)), st.integers(0, 90), st.integers(0, 90), st.binary(max_size=4))
def test_bodies_with_a_piece_replaced_and_a_checksum_that_holds(name: str, start: int, end: int, piece: bytes) -> None:
    data = pack(NEW[name])
    body = data[8:][:start] + piece + data[8:][end:]
    coder, size = data[2] >> 4, NEW[name].size
    _survive(lambda: unpack(forge(data[1], coder, size, body, version=2)))


@fuzz(2000)
@given(st.sampled_from(WRITTEN), st.integers(0, 300), st.integers(0, 300), st.binary(max_size=4))
def test_files_with_a_piece_replaced(data: bytes, start: int, end: int, piece: bytes) -> None:
    _survive(lambda: unpack(data[:start] + piece + data[end:]))


@fuzz(500)
@given(st.integers(1, 700), st.integers(1, 700), st.integers(0, 2**32 - 1), st.integers(1, 16), st.text(max_size=20))
def test_any_grid_comes_back(width: int, height: int, seed: int, levels: int, caption: str) -> None:
    columns, rows = grid_size((width, height))
    grid = np.random.default_rng(seed).integers(0, levels, (rows, columns, 3)).astype(np.uint8)
    data = pack(Stream(MODES["pixel"], (width, height), caption, grid=grid))
    back = unpack(data)
    assert np.array_equal(back.grid, grid)
    assert back.text == caption
    assert len(data) <= 8 + 1 + len(caption.encode()) + -(-grid.size // 2)


LINES = st.one_of(st.text(max_size=30), st.sampled_from(["[overall] a", "[item 1] b", "a, b, c."]))
ONE_LINE = LINES.map(lambda text: " ".join(text.split())).filter(bool)


@fuzz(500)
@given(st.lists(ONE_LINE, max_size=3), ONE_LINE, st.integers(0, 2**32 - 1))
def test_any_details_and_maps_come_back_and_make_a_caption_that_says_the_same(
    details: list[str], overall: str, seed: int
) -> None:
    maps = np.random.default_rng(seed).integers(0, 2, (len(details), 8, 8)) > 0
    stream = Stream(MODES["full"], (9, 9), overall, None, "webp", b"x", tuple(details), maps if details else None)
    back = unpack(pack(stream))
    assert back.sent == stream.sent == sent_of(caption_of(back.sent))
    assert np.array_equal([] if back.maps is None else back.maps, maps if details else [])


def test_a_long_hostile_caption_ends() -> None:
    for data in (bytes(100_000), b"\x55" * 100_000):
        _survive(lambda data=data: caption_coder.decode(TextCoder.WORDS, data))  # type: ignore[misc]
    with pytest.raises(CMCError):
        caption_coder.decode(TextCoder.RAW, bytes(100_000))
