"""The columns of a ranking that say what a picture cost: each is there where some row's run files say it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cmc.leaderboard.boards import Board
from cmc.leaderboard.rows import Row
from cmc.scores.costs import PictureCost, picture_cost


@dataclass(frozen=True)
class CostColumn:
    """A column on the screen and in a CSV, and what it holds of a picture's cost."""

    title: str
    name: str
    amount: Callable[[PictureCost], float | None]

    def of(self, cost: PictureCost | None) -> float | None:
        """The amount; None where it is not known."""
        return self.amount(cost) if cost else None


def amount_text(amount: float | None) -> str:
    """As it is printed: three digits, or all before the point; empty for what is not known."""
    if amount is None:
        return ""
    return f"{amount:,.0f}" if isinstance(amount, int) or abs(amount) >= 999.5 else f"{amount:.3g}"


def amount_csv(amount: float | None) -> str:
    """As it stands in a CSV."""
    return "" if amount is None else f"{amount:.6g}"


def _dollars_of_thousand(cost: PictureCost) -> float | None:
    return None if cost.dollars is None else 1000 * cost.dollars


COST_COLUMNS = (
    CostColumn("s/picture", "seconds_per_picture", lambda cost: cost.seconds),
    CostColumn("$/1,000", "dollars_per_1000", _dollars_of_thousand),
    CostColumn("J/picture", "joules_per_picture", lambda cost: cost.joules),
)


def board_cost(board: Board, row: Row) -> PictureCost | None:
    """What a ranking's models cost a picture: the captioning of an encoder, else the decoding, the mean over the
    ranking's modes; None where it is not known of every one."""
    if board.encoders:
        return picture_cost(list(row.costs.captioning.values())) if row.costs.captioning else None
    return picture_cost([row.costs.decoding.get(mode) for mode in board.modes])


def shown_columns(board: Board, rows: Iterable[Row]) -> list[CostColumn]:
    """The columns in which some row has an amount."""
    costs = [cost for cost in (board_cost(board, row) for row in rows) if cost]
    return [column for column in COST_COLUMNS if any(column.amount(cost) is not None for cost in costs)]
