"""What a browser posts when a viewer has rated a picture: read and checked before it is believed."""

import json
import math
import re
from dataclasses import dataclass

from cmc.raters.votes import DIMENSIONS, HIGHEST, LOWEST, Dimension

# Made by the browser, once a ballot, however often it is sent.
IDENTIFIER = re.compile(r"[0-9a-f]{32}")
# Far more than any screen or sitting has; what is beyond is no measurement.
MOST = 1e8


class BallotError(ValueError):
    """What is wrong with a ballot, in plain words."""


@dataclass(frozen=True)
class Display:
    """How a picture was shown. Sizes in CSS pixels; pixel_ratio: the screen's pixels to one of those, zoom included;
    shown: pixels of the screen to one of the picture, 1 unless it did not fit."""

    screen_width: float
    screen_height: float
    window_width: float
    window_height: float
    pixel_ratio: float
    shown: float


@dataclass(frozen=True)
class Ballot:
    """The scores of the showing at `place`, and whether it offends. replaces: the identifier of the viewer's ballot
    that this one corrects, "" for a first one; dwell_ms: how long the pictures were looked at, in milliseconds."""

    identifier: str
    replaces: str
    place: int
    scores: dict[Dimension, float]
    offensive: bool
    dwell_ms: float
    display: Display


def read_ballot(data: bytes, step: float) -> Ballot:
    """A ballot from JSON. Raises BallotError for anything that is not one: a score out of range or off the scale's
    steps, a field missing, unknown or of another type."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BallotError("expected JSON") from error
    expected = {"id", "replaces", "place", *DIMENSIONS, "offensive", "dwell_ms", *Display.__dataclass_fields__}
    if not isinstance(document, dict) or document.keys() != expected:
        raise BallotError(f"expected the fields {', '.join(sorted(expected))}")
    if not isinstance(document["offensive"], bool):
        raise BallotError("expected offensive as true or false")
    return Ballot(
        identifier=_identifier(document["id"]),
        replaces=_identifier(document["replaces"]) if document["replaces"] != "" else "",
        place=_place(document["place"]),
        scores={dimension: _score(document[dimension], step) for dimension in DIMENSIONS},
        offensive=document["offensive"],
        dwell_ms=_measurement(document["dwell_ms"]),
        display=Display(*(_measurement(document[name]) for name in Display.__dataclass_fields__)),
    )


def _identifier(value: object) -> str:
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
        raise BallotError("expected identifiers of 32 hexadecimal digits")
    return value


def _place(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST:
        raise BallotError("expected the place as a whole number from 0")
    return value


def _score(value: object, step: float) -> float:
    score = _number(value)
    steps = round(score / step) if math.isfinite(score) else 0
    if not LOWEST <= score <= HIGHEST or abs(score - steps * step) > 1e-6:
        raise BallotError(f"expected scores from {LOWEST:g} to {HIGHEST:g} in steps of {step:g}")
    return round(steps * step, 6)


def _measurement(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= MOST:
        raise BallotError("expected times and sizes from 0")
    return number


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BallotError("expected scores, times and sizes as numbers")
    try:
        return float(value)
    except OverflowError as error:
        raise BallotError("expected numbers of usual size") from error
