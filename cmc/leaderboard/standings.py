"""A user's rows among the published ones: ranks where a comparison is fair, and how sure they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cmc.core.bootstrap import BOUNDS, interval
from cmc.core.workspace import ALL
from cmc.leaderboard.boards import Board, Value
from cmc.leaderboard.differences import DECIMALS, difference
from cmc.leaderboard.rows import Row, Statistic
from cmc.scores.summary import Key


@dataclass(frozen=True)
class Standing:
    """A row's place on a board.

    `bounds` holds 95 % of the resampled scores, None for a published row, whose scores by image are not public.
    `rank` counts from 1, equal scores share the best of theirs (1, 1, 3); `ranks` holds it and 95 % of its resamples;
    both None for a barred row. `flip`: the chance to change rank with the next ranked row, None for the last and where
    both are published.
    """

    row: Row
    score: float
    bounds: tuple[float, float] | None
    rank: int | None
    ranks: tuple[int, int] | None
    flip: float | None = None


def standings(board: Board, rows: Iterable[Row], content: str = ALL) -> list[Standing]:
    """The rows that `board` admits, best first; barred ones stand where their score puts them, without a rank."""
    board = board.of(content)
    admitted = [row for row in rows if row.encoder == board.encoders and board.admits(row.modes(content))]
    admitted.sort(key=lambda row: -round(board.score(row.cells, content), DECIMALS))
    ranked = [row for row in admitted if not row.barred]
    score = board_statistic(board, content)
    scores = np.array([score(row.cells) for row in ranked])
    ranks = _ranks(scores[:, None])[:, 0]
    spans = _rank_spans([row.resampled(score) for row in ranked])
    places = {
        (row.source, row.name): (int(rank), (min(int(rank), best), max(int(rank), worst)))
        for row, rank, (best, worst) in zip(ranked, ranks, spans, strict=True)
    }
    flips = {(row.source, row.name): _flip(row, following, score) for row, following in pairwise(ranked)}
    placed = []
    for row in admitted:
        rank, span = places.get((row.source, row.name), (None, None))
        bounds = interval(row.resampled(score)) if row.draws else None
        placed.append(Standing(row, score(row.cells), bounds, rank, span, flips.get((row.source, row.name))))
    return placed


def board_statistic(board: Board, content: str) -> Statistic:
    """The overall score of a board, over the images of one content type."""

    def score(cells: Mapping[Key, Value]) -> Value:
        return board.score(cells, content)

    return score


def _flip(row: Row, following: Row, score: Statistic) -> float | None:
    found = difference(row, following, score)
    return None if found is None else found.flip


def _rank_spans(draws: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    """The ranks that hold 95 % of the resamples, by row."""
    if not draws:
        return []
    scores = np.stack(np.broadcast_arrays(*draws))
    # A resample without any image of a content type ranks nothing.
    scores = scores[:, np.isfinite(scores).all(axis=0)]
    ranks = _ranks(scores)
    low, high = np.percentile(ranks, BOUNDS, axis=1, method="closest_observation")
    return [(int(best), int(worst)) for best, worst in zip(low, high, strict=True)]


def _ranks(scores: np.ndarray) -> np.ndarray:
    """(rows, resamples) ranks of scores of that shape, by column; equal ones share the best of theirs."""
    rounded = scores.round(DECIMALS)
    return 1 + (rounded[None] > rounded[:, None]).sum(axis=1)
