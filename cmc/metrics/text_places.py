"""Lines of text of two pictures, paired by where they stand, and how well the ones say what the others say."""

from collections.abc import Sequence
from dataclasses import dataclass

from cmc.metrics.text_reader import Line

# Two lines stand at one place where they share this much of the smaller box.
SHARED = 0.5


@dataclass(frozen=True)
class Place:
    """What stands at one place: lines of the ground truth, none where there is nothing, and lines of a picture.

    A line that is read as two, or two as one, are of one place.
    """

    truth: tuple[Line, ...] = ()
    found: tuple[Line, ...] = ()

    @property
    def texts(self) -> tuple[str, str]:
        """Of the ground truth and of the picture."""
        return " ".join(line.text for line in self.truth), " ".join(line.text for line in self.found)

    def holds(self, line: Line) -> bool:
        """Whether a line of a picture stands at this place."""
        return any(_shared(line, other) >= SHARED for other in self.truth)


def pair_by_place(truth: Sequence[Line], found: Sequence[Line]) -> list[Place]:
    """Every line of both at its place; lines of the ground truth in its order."""
    places = [Place((line,)) for line in truth]
    for line in found:
        same = [place for place in places if place.holds(line)]
        others = [place for place in places if place not in same]
        lines = sorted((line for place in same for line in place.truth), key=truth.index)
        places = [*others, Place(tuple(lines), (*(one for place in same for one in place.found), line))]
    return places


def character_errors(truth: Sequence[Line], found: Sequence[Line]) -> float:
    """Characters to insert, delete or replace so that every place says what the ground truth says there, as a share of
    its characters: 0 at least, over 1 where a picture says much where nothing is said."""
    from rapidfuzz.distance import Levenshtein

    texts = [place.texts for place in pair_by_place(truth, found)]
    return sum(Levenshtein.distance(*pair) for pair in texts) / sum(len(said) for said, _ in texts)


def word_recall(truth: Sequence[Line], found: Sequence[Line]) -> float:
    """The share of the ground truth's words that are found, in order, at their place."""
    from rapidfuzz.distance import LCSseq

    words = [(said.split(), read.split()) for said, read in (place.texts for place in pair_by_place(truth, found))]
    return sum(LCSseq.similarity(*pair) for pair in words) / sum(len(said) for said, _ in words)


def _shared(one: Line, other: Line) -> float:
    """The part of the smaller box that both have in common."""
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right, bottom = min(one.box[2], other.box[2]), min(one.box[3], other.box[3])
    smaller = min(_area(one), _area(other))
    return max(0.0, right - left) * max(0.0, bottom - top) / smaller if smaller else 0.0


def _area(line: Line) -> float:
    left, top, right, bottom = line.box
    return (right - left) * (bottom - top)
