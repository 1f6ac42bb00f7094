"""Moves and indices as bytes: they come back, cost what the tables say, and any number of steps is a stream."""

import math
import random

import pytest

from cmc.codecs.diffc.step_coder import _FIRST_BITS, _MOVE_BITS, SentStep, StepDecoder, StepEncoder
from cmc.codecs.diffc.walk import LONGEST, MOVES
from cmc.core.errors import CMCError


def _steps(count: int, chunks: int = 3) -> list[SentStep]:
    source = random.Random(0)
    return [
        SentStep(source.randrange(len(MOVES)), [source.randrange(1 << LONGEST) for _ in range(chunks)], 0, 0.0)
        for _ in range(count)
    ]


def _read(data: bytes, count: int, chunks: int = 3) -> list[tuple[int, list[int]]]:
    decoder = StepDecoder(data)
    steps = [(decoder.move(), decoder.indices(chunks)) for _ in range(count)]
    decoder.finish()
    return steps


def test_every_number_of_steps_is_a_stream_and_more_can_be_added() -> None:
    encoder, steps = StepEncoder(), _steps(12)
    for count, step in enumerate(steps, 1):
        encoder.add(step)
        assert _read(encoder.bytes(), count) == [(step.move, step.indices) for step in steps[:count]]


@pytest.mark.parametrize("index", [0, 1, 2, 3, 2046, 2047, 4094, 4095])
def test_first_and_last_indices_come_back(index: int) -> None:
    encoder = StepEncoder()
    encoder.add(SentStep(0, [index], 0, 0.0))
    assert _read(encoder.bytes(), 1, 1) == [(0, [index])]


def test_they_cost_what_the_tables_say() -> None:
    # 400 indices of 7, 8 candidates into the book: a first bit at place 3 and three bits; moves of no difference.
    encoder = StepEncoder()
    for _ in range(100):
        encoder.add(SentStep(5, [7] * 4, 0, 0.0))
    first = math.log2(sum(_FIRST_BITS) / _FIRST_BITS[3]) + 3
    move = math.log2(sum(_MOVE_BITS) / _MOVE_BITS[0])
    assert math.ceil((400 * first + 99 * move + math.log2(len(MOVES))) / 8) == len(encoder.bytes())


def test_what_cannot_be_is_refused() -> None:
    encoder = StepEncoder()
    encoder.add(SentStep(15, [1], 0, 0.0))
    encoder.add(SentStep(14, [1], 0, 0.0))
    with pytest.raises(CMCError, match="bytes follow"):
        _read(encoder.bytes() + b"more than that", 2, 1)
    with pytest.raises(CMCError, match="end too early"):
        _read(encoder.bytes(), 12, 1)
    coder = StepEncoder()
    coder._last = 0
    coder.add(SentStep(-1, [], 0, 0.0))
    decoder = StepDecoder(coder.bytes())
    decoder._last = 0
    with pytest.raises(CMCError, match="goes nowhere"):
        decoder.move()
