"""What results cost, by stage and picture, as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmc.core.cost import Cost
from cmc.core.modes import MODES
from cmc.core.tables import format_csv
from cmc.leaderboard.cost_columns import amount_csv, amount_text
from cmc.leaderboard.rows import Row
from cmc.scores.costs import CodingSeconds

HEADER = (
    *("name", "stage", "device", "workers", "pictures", "load s", "compute s", "write s", "s/picture", "pictures/s"),
    *("tokens/s", "peak MB", "J/picture", "$", "$/1,000"),
)
COLUMNS = (
    *("name", "stage", "device", "workers", "pictures", "load_s", "compute_s", "write_s", "seconds_per_picture"),
    *("pictures_per_second", "tokens_per_second", "peak_memory_mb", "joules_per_picture", "dollars"),
    "dollars_per_1000",
)


@dataclass(frozen=True)
class CostLine:
    """One stage of a result or a caption table: `captioning`, `decoding` in a mode, `scoring`; of a codec's result
    `encoding` and `decoding`, of which there are mean seconds by the clock alone."""

    name: str
    stage: str
    pictures: int
    seconds: float
    cost: Cost | None = None

    def amounts(self) -> list[str | float | None]:
        """In the order of COLUMNS; None for what is not known."""
        cost = self.cost
        if cost is None:
            return [self.name, self.stage, None, None, self.pictures, *[None] * 3, self.seconds, *[None] * 6]
        tokens = None if cost.tokens is None else _ratio(cost.tokens, cost.compute_s)
        joules = None if cost.energy_j is None else cost.energy_j / self.pictures
        dollars = [None, None] if cost.dollars is None else [cost.dollars, 1000 * cost.dollars / self.pictures]
        return [
            *(self.name, self.stage, cost.device, cost.workers, self.pictures),
            *(cost.load_s, cost.compute_s, cost.write_s, self.seconds, _ratio(self.pictures, cost.wall_s)),
            *(tokens, cost.peak_memory_mb, joules, *dollars),
        ]


def _ratio(amount: float, seconds: float) -> float | None:
    return amount / seconds if seconds else None


def cost_lines(rows: Sequence[Row]) -> list[CostLine]:
    """Every caption table once, then every result, stage by stage; nothing of what no run file says."""
    decoders = [row for row in rows if not row.encoder]
    tables = {name: cost for row in decoders for name, cost in row.costs.captioning.items()}
    lines = [_line(name, "captioning", cost) for name, cost in tables.items()]
    lines += [line for row in decoders for line in _lines(row)]
    return [line for line in lines if line.pictures]


def _lines(row: Row) -> Iterator[CostLine]:
    costs = row.costs
    for mode in MODES:
        if mode in costs.decoding and not costs.coding:
            yield _line(row.name, f"decoding {mode}", costs.decoding[mode])
    if costs.coding:
        yield from _coding(row.name, costs.coding)
    if costs.scoring:
        yield _line(row.name, "scoring", costs.scoring)


def _line(name: str, stage: str, cost: Cost) -> CostLine:
    return CostLine(name, stage, cost.pictures, cost.compute_s / cost.pictures if cost.pictures else 0.0, cost)


def _coding(name: str, coding: CodingSeconds) -> list[CostLine]:
    return [
        CostLine(name, "encoding", coding.pictures, coding.encode),
        CostLine(name, "decoding", coding.pictures, coding.decode),
    ]


def cost_cells(lines: Sequence[CostLine]) -> tuple[list[str], list[list[str]]]:
    """(header, rows) as they are printed; columns that no stage has an amount in are left out."""
    rows = [line.amounts() for line in lines]
    shown = [place for place in range(len(HEADER)) if any(row[place] is not None for row in rows)]
    return [HEADER[place] for place in shown], [[_text(row[place]) for place in shown] for row in rows]


def _text(amount: str | float | None) -> str:
    return amount if isinstance(amount, str) else amount_text(amount)


def cost_csv(lines: Sequence[CostLine]) -> str:
    """One row a stage; what is not known is an empty cell."""
    return format_csv(COLUMNS, [[_flat(amount) for amount in line.amounts()] for line in lines])


def _flat(amount: str | float | None) -> object:
    return amount_csv(amount) if amount is None or isinstance(amount, float) else amount
