"""Ballots are checked before they are believed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmc.raters.ballot import BallotError, read_ballot
from tests.raters.small_study import ballot, document

GOOD = document(ballot(3, 1))


def test_a_ballot_is_read_as_it_was_posted() -> None:
    assert read_ballot(json.dumps(GOOD).encode(), 0.1) == ballot(3, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"consistency": 5.1}, "scores from 0 to 5 in steps of 0.1"),
        ({"perception": -0.1}, "scores from 0 to 5"),
        ({"perception": 2.55}, "in steps of 0.1"),
        ({"perception": float("nan")}, "scores from 0 to 5"),
        ({"perception": float("inf")}, "scores from 0 to 5"),
        ({"perception": "4"}, "as numbers"),
        ({"perception": True}, "as numbers"),
        ({"perception": 10**400}, "usual size"),
        ({"place": 1.0}, "whole number from 0"),
        ({"place": -1}, "whole number from 0"),
        ({"place": True}, "whole number from 0"),
        ({"id": "x" * 32}, "32 hexadecimal digits"),
        ({"id": ""}, "32 hexadecimal digits"),
        ({"replaces": None}, "32 hexadecimal digits"),
        ({"offensive": 1}, "true or false"),
        ({"dwell_ms": -1}, "from 0"),
        ({"viewer": "v02"}, "expected the fields"),
    ],
)
def test_what_is_wrong_is_said(changes: dict, message: str) -> None:
    with pytest.raises(BallotError, match=message):
        read_ballot(json.dumps({**GOOD, **changes}).encode(), 0.1)


def test_the_step_is_the_studys() -> None:
    halves = json.dumps({**GOOD, "consistency": 3.5}).encode()
    assert read_ballot(halves, 0.5).scores["consistency"] == 3.5
    with pytest.raises(BallotError, match="in steps of 1"):
        read_ballot(halves, 1)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=40) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_rubbish_is_refused(data: bytes | str) -> None:
    with pytest.raises(BallotError):
        read_ballot(data if isinstance(data, bytes) else data.encode(), 0.1)


@pytest.mark.parametrize("steps", range(51))
def test_every_step_of_the_scale_is_kept_as_it_is_written(steps: int) -> None:
    kept = read_ballot(json.dumps({**GOOD, "consistency": steps / 10}).encode(), 0.1).scores["consistency"]
    assert str(kept) == f"{steps // 10}.{steps % 10}"
