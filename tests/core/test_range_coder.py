import math
import random

import pytest

from cmc.core.errors import CMCError
from cmc.core.range_coder import MAX_TOTAL, RangeDecoder, RangeEncoder

Symbol = tuple[int, int, int]


def _encode(symbols: list[Symbol]) -> bytes:
    coder = RangeEncoder()
    for symbol in symbols:
        coder.encode(*symbol)
    return coder.finish()


def _check(symbols: list[Symbol]) -> bytes:
    data = _encode(symbols)
    coder = RangeDecoder(data)
    for start, size, total in symbols:
        assert start <= coder.target(total) < start + size
        coder.consume(start, size)
    coder.finish()
    return data


def _read(data: bytes, symbols: list[Symbol]) -> RangeDecoder:
    coder = RangeDecoder(data)
    for start, size, total in symbols:
        coder.target(total)
        coder.consume(start, size)
    return coder


@pytest.mark.parametrize("seed", range(20))
def test_symbols_come_back_in_close_to_their_information(seed: int) -> None:
    dice = random.Random(seed)
    symbols = []
    for _ in range(400):
        total = dice.choice([2, 3, 1000, 1 << 24, MAX_TOTAL])
        start = dice.choice([0, total - 1, dice.randrange(total)])
        symbols.append((start, dice.randint(1, total - start), total))
    information = sum(math.log2(total / size) for _, size, total in symbols)
    assert 8 * len(_check(symbols)) <= information + 12


def test_carries_run_through_bytes_of_255() -> None:
    # The value stays just under a power of 256 and is then pushed over it.
    almost = [(255, 1, 256)] * 20
    for last in ((255, 1, 256), (1, 1, 2), (254, 2, 256)):
        _check([(127, 1, 256), *almost, last])
    _check([(0, 2, 3), (MAX_TOTAL - 1, 1, MAX_TOTAL)] * 30)


def test_nothing_and_certainty_cost_nothing() -> None:
    assert _encode([]) == b""
    assert _encode([(0, 5, 5)] * 1000) == b""
    assert _encode([(0, 1, 2)]) == b""
    assert len(_encode([(1, 1, 2)])) == 1


def test_missing_and_left_over_bytes_are_refused() -> None:
    symbols = [(3, 1, 256)] * 40
    data = _encode(symbols)
    with pytest.raises(CMCError, match="end too early"):
        _read(data[:20], symbols)
    long = _read(data + bytes(20), symbols)
    with pytest.raises(CMCError, match="follow the coded symbols"):
        long.finish()


def test_bytes_that_no_encoder_writes_are_refused() -> None:
    coder = RangeDecoder(b"\xff" * 9)
    with pytest.raises(CMCError, match="damaged"):
        coder.target(3)
