"""A ranking as a table: cells for the screen or a paper, and flat rows for a CSV."""

import math
from collections.abc import Mapping, Sequence

from cmc.core.bits import STATED, marked, ratio_of
from cmc.core.bootstrap import interval
from cmc.core.tables import format_csv
from cmc.leaderboard.boards import BOARDS, Board
from cmc.leaderboard.cost_columns import COST_COLUMNS, CostColumn, amount_csv, amount_text, board_cost, shown_columns
from cmc.leaderboard.rows import Row
from cmc.leaderboard.standings import Standing
from cmc.scores.summary import FR, NR, Key

Bounds = tuple[float, float] | None


def board_header(board: Board, standings: Sequence[Standing] = ()) -> list[str]:
    """The columns of `board_cells`."""
    scores = [f"{mode}-{metric.upper()}" for mode in board.modes for metric in (FR, NR)]
    costs = [column.title for column in _shown(board, standings)]
    return ["rank", "95 %", "model", "source", "captions", *scores, "overall", "flip", "bpp", "ratio", *costs, "lost"]


def _shown(board: Board, standings: Sequence[Standing]) -> list[CostColumn]:
    return shown_columns(board, [standing.row for standing in standings])


def board_cells(board: Board, standings: Sequence[Standing], content: str, gap: str) -> list[list[str]]:
    """One row a standing; `gap` stands between a mean and its interval."""
    shown = _shown(board, standings)
    return [_cells(board, standing, content, gap, shown) for standing in standings]


def _cells(board: Board, standing: Standing, content: str, gap: str, shown: Sequence[CostColumn]) -> list[str]:
    row = standing.row
    keys = [(content, mode, metric) for mode in board.modes for metric in (FR, NR)]
    scores = [_estimate(row.cells[key], _bounds(row, key), gap) for key in keys]
    bpp = row.bpp(board.modes, content)
    # Empty where streams were not kept.
    stated = not row.stated.isdisjoint(board.modes)
    rate = ["", ""] if bpp is None else [marked(f"{bpp:.5f}", stated, gap), f"{ratio_of(bpp):,.0f}x"]
    lost = ", ".join(f"{count} {kind}" for kind, count in row.lost.items())
    ranks = "-".join(map(str, dict.fromkeys(standing.ranks or ())))
    overall = _estimate(standing.score, standing.bounds, gap)
    names = [row.name, row.source, row.captions]
    flip = "" if standing.flip is None else percent(standing.flip)
    costs = [amount_text(column.of(board_cost(board, row))) for column in shown]
    return [str(standing.rank or "-"), ranks, *names, *scores, overall, flip, *rate, *costs, lost]


def percent(share: float) -> str:
    """A share as it is printed: `12.5 %`; nothing of NaN."""
    return "" if math.isnan(share) else f"{100 * share:.1f} %"


def _bounds(row: Row, key: Key) -> Bounds:
    return interval(row.draws[key]) if row.draws else None


def _estimate(value: float, bounds: Bounds, gap: str) -> str:
    return f"{value:.4f}" + (f"{gap}[{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else "")


def boards_csv(boards: Mapping[str, Sequence[Standing]], content: str) -> str:
    """One row a model and board; an interval's bounds in columns of their own, empty for published rows."""
    rows = [_flat(name, standing, content) for name, standings in boards.items() for standing in standings]
    # Costs that no row has of any ranking are no column.
    shown = {
        column.name for name, standings in boards.items() for column in _shown(BOARDS[name].of(content), standings)
    }
    unknown = {column.name for column in COST_COLUMNS} - shown
    rows = [{name: cell for name, cell in row.items() if name not in unknown} for row in rows]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return format_csv(columns, ([row.get(column, "") for column in columns] for row in rows))


def _flat(board: str, standing: Standing, content: str) -> dict[str, object]:
    row, modes = standing.row, BOARDS[board].of(content).modes
    cells: dict[str, object] = {"board": board, "content": content, "rank": standing.rank or ""}
    cells |= dict(zip(("rank_low", "rank_high"), standing.ranks or ("", ""), strict=True))
    cells |= {"model": row.name, "source": row.source, "captions": row.captions}
    cells |= _columns("overall", standing.score, standing.bounds)
    cells |= {"flip": "" if standing.flip is None else f"{standing.flip:.4f}"}
    for mode in modes:
        for metric in (FR, NR):
            key = (content, mode, metric)
            cells |= _columns(f"{mode}_{metric}", row.cells[key], _bounds(row, key))
    bpp = row.bpp(modes, content)
    if bpp is not None and not row.stated.isdisjoint(modes):
        cells |= {"rate_source": STATED}
    cells |= {"bpp": "" if bpp is None else f"{bpp:.7g}", "ratio": "" if bpp is None else f"{ratio_of(bpp):.1f}"}
    cost = board_cost(BOARDS[board].of(content), row)
    cells |= {column.name: amount_csv(column.of(cost)) for column in COST_COLUMNS}
    return cells | {"lost": sum(row.lost.values()), "not_ranked_because": "; ".join(row.barred)}


def _columns(name: str, value: float, bounds: Bounds) -> dict[str, object]:
    low, high = (f"{bound:.6f}" for bound in bounds) if bounds else ("", "")
    return {name: f"{value:.6f}", f"{name}_low": low, f"{name}_high": high}
