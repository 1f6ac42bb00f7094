"""A user's rows among the published ones: ranks where a comparison is fair, and how sure they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.bootstrap import BOUNDS, interval
from cmc.core.workspace import ALL
from cmc.leaderboard.boards import Board
from cmc.leaderboard.rows import Row


@dataclass(frozen=True)
class Standing:
    """A row's place on a board.

    `bounds` holds 95 % of the resampled scores, None for a published row, whose scores by image are not public.
    `rank` counts from 1, `ranks` holds 95 % of its resamples; both None for a barred row.
    """

    row: Row
    score: float
    bounds: tuple[float, float] | None
    rank: int | None
    ranks: tuple[int, int] | None


def standings(board: Board, rows: Iterable[Row], content: str = ALL) -> list[Standing]:
    """The rows that `board` admits, best first; barred ones stand where their score puts them, without a rank."""
    board = board.of(content)
    admitted = [row for row in rows if row.encoder == board.encoders and board.admits(row.modes(content))]
    admitted.sort(key=lambda row: -board.score(row.cells, content))
    ranked = [row for row in admitted if not row.barred]
    spans = _rank_spans([_draws(board, row, content) for row in ranked])
    ranks = {(row.source, row.name): rank for rank, row in enumerate(ranked, start=1)}
    placed = []
    for row in admitted:
        rank = ranks.get((row.source, row.name))
        bounds = interval(_draws(board, row, content)) if row.draws else None
        span = None if rank is None else spans[rank - 1]
        placed.append(Standing(row, board.score(row.cells, content), bounds, rank, span))
    return placed


def _draws(board: Board, row: Row, content: str) -> np.ndarray:
    """(resamples,) scores of a row; a published row's is the same in all of them."""
    return board.score(row.draws, content) if row.draws else np.full(1, board.score(row.cells, content))


def _rank_spans(draws: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    """The ranks that hold 95 % of the resamples, by row."""
    if not draws:
        return []
    scores = np.stack(np.broadcast_arrays(*draws))
    # A resample without any image of a content type ranks nothing.
    scores = scores[:, np.isfinite(scores).all(axis=0)]
    ranks = 1 + (scores[None] > scores[:, None]).sum(axis=1)
    low, high = np.percentile(ranks, BOUNDS, axis=1, method="closest_observation")
    return [(int(best), int(worst)) for best, worst in zip(low, high, strict=True)]
