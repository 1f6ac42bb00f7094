"""Votes of one dimension as a table, a row a picture and a column a viewer, on which all else is computed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmc.raters.votes import DIMENSIONS, Dimension, Vote


@dataclass(frozen=True)
class ScoreTable:
    """Scores (pictures, viewers), 0 to 5, NaN where there is no vote; sessions: of those votes, from 0, -1 where there
    is none. Pictures and viewers are sorted by name."""

    dimension: Dimension
    pictures: tuple[str, ...]
    viewers: tuple[str, ...]
    scores: np.ndarray
    sessions: np.ndarray

    @property
    def votes(self) -> np.ndarray:
        """(pictures,) how many viewers voted on each."""
        return np.isfinite(self.scores).sum(axis=1)

    @property
    def conditions(self) -> np.ndarray:
        """(pictures,) what made each: its name without the image, `<target>/<mode>`."""
        return np.array([picture.rpartition("/")[0] for picture in self.pictures])

    def without(self, viewers: Collection[str]) -> "ScoreTable":
        """The table of the other viewers, over the same pictures."""
        kept = [index for index, viewer in enumerate(self.viewers) if viewer not in viewers]
        names = tuple(self.viewers[index] for index in kept)
        return replace(self, viewers=names, scores=self.scores[:, kept], sessions=self.sessions[:, kept])


def score_tables(votes: Sequence[Vote]) -> list[ScoreTable]:
    """A table of each dimension that has votes."""
    by_dimension = {name: [vote for vote in votes if vote.dimension == name] for name in DIMENSIONS}
    return [_score_table(name, chosen) for name, chosen in by_dimension.items() if chosen]


def _score_table(dimension: Dimension, votes: Sequence[Vote]) -> ScoreTable:
    pictures, rows = np.unique([vote.picture for vote in votes], return_inverse=True)
    viewers, columns = np.unique([vote.viewer for vote in votes], return_inverse=True)
    scores = np.full((len(pictures), len(viewers)), np.nan)
    sessions = np.full(scores.shape, -1)
    scores[rows, columns] = [vote.score for vote in votes]
    sessions[rows, columns] = [vote.session for vote in votes]
    return ScoreTable(dimension, tuple(pictures.tolist()), tuple(viewers.tolist()), scores, sessions)


def means(values: np.ndarray, axis: int) -> np.ndarray:
    """Means along an axis over what is not NaN; NaN where nothing is."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(axis=axis) / known.sum(axis=axis)


def deviations(values: np.ndarray, axis: int) -> np.ndarray:
    """Standard deviations along an axis, of a sample (n - 1), over what is not NaN; NaN of fewer than two."""
    known = np.isfinite(values).sum(axis=axis)
    squares = np.where(np.isfinite(values), (values - np.expand_dims(means(values, axis), axis)) ** 2, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known > 1, np.sqrt(squares.sum(axis=axis) / (known - 1)), np.nan)
