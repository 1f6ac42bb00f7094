from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cmc.core.errors import CMCError
from cmc.stream.map_coder import RAW_BYTES, decode, encode
from tests.golden import golden


def _round_trip(maps: np.ndarray) -> int:
    data = encode(maps)
    back = decode(data, len(maps))
    assert back.dtype == bool
    assert np.array_equal(back, maps)
    assert len(data) <= RAW_BYTES * len(maps)
    return len(data)


@pytest.mark.parametrize("items", [0, 1, 2, 3])
def test_flat_maps_cost_next_to_nothing(items: int) -> None:
    assert _round_trip(np.zeros((items, 8, 8), bool)) == 0
    assert _round_trip(np.ones((items, 8, 8), bool)) <= items + 1


def test_real_maps_become_smaller() -> None:
    maps = golden("misc_masks").outputs["square.mask8"].numpy().astype(bool)
    assert _round_trip(maps) == 17
    assert sum(_round_trip(maps[item : item + 1]) for item in range(3)) <= 22


def test_random_maps_are_sent_as_they_are() -> None:
    maps = np.random.default_rng(0).random((3, 8, 8)) < 0.5
    assert _round_trip(maps) == 24
    assert encode(maps) == np.packbits(maps).tobytes()


def test_one_bit_by_hand() -> None:
    """The bit at row 0, column 1 alone. Where no neighbour is 1, zeros begin at 8 of 9: a zero at column 0, then the
    one in the last tenth of what is left. Three places have it beside them, each otherwise: zeros at 2 of 3 there."""
    maps = np.zeros((1, 8, 8), bool)
    maps[0, 0, 1] = True
    low, width = Fraction(8, 9) * Fraction(9, 10), Fraction(8, 9) * Fraction(1, 10)
    zeros, total = 9, 11
    for place in range(2, 64):
        if place in (2, 8, 9):  # left, above right, above
            width *= Fraction(2, 3)
            continue
        width *= Fraction(zeros, total)
        zeros, total = zeros + 1, total + 1
    data = encode(maps)
    value = Fraction(int.from_bytes(data, "big"), 256 ** len(data))
    # The coder's intervals are whole numbers of 64 bits, a hair smaller than these.
    assert low - Fraction(1, 2**50) <= value < low + width
    assert len(data) == 2


def test_the_bytes_are_frozen() -> None:
    maps = np.stack([np.tri(8, dtype=bool), np.eye(8, dtype=bool), np.zeros((8, 8), bool)])
    assert encode(maps).hex() == "e9ad7ccce237a755d6de"
    assert (
        encode(golden("misc_masks").outputs["square.mask8"].numpy().astype(bool)).hex()
        == "fde9d55595c5851007fbce91382f453d14"
    )


_MAPS = st.integers(0, 3).flatmap(lambda items: arrays(bool, (items, 8, 8)))


@given(_MAPS)
@settings(max_examples=200, deadline=None)
def test_all_maps_come_back(maps: np.ndarray) -> None:
    _round_trip(maps)


@given(st.binary(max_size=26), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_maps_or_refused(data: bytes, items: int) -> None:
    try:
        maps = decode(data, items)
    except CMCError:
        return
    assert encode(maps) == data


def test_damaged_bytes_are_refused() -> None:
    maps = np.stack([np.tri(8, dtype=bool)] * 3)
    data = encode(maps)
    with pytest.raises(CMCError, match="at most 24 bytes of 3 maps, found 25"):
        decode(bytes(25), 3)
    for damaged in (data + b"\0", data + b"\1", np.packbits(maps).tobytes()):
        with pytest.raises(CMCError, match="fetch"):
            decode(damaged, 3)
    with pytest.raises(CMCError, match="fetch"):
        decode(b"\0", 0)
