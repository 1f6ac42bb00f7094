"""What the page's template prints: rankings as tables, and what made each target."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmc.core.bits import ratio_of
from cmc.core.bootstrap import interval
from cmc.leaderboard.boards import Board
from cmc.leaderboard.cost_columns import board_cost
from cmc.leaderboard.load_targets import Collection
from cmc.leaderboard.rows import YOURS, Row
from cmc.leaderboard.standings import Standing, standings
from cmc.report.commands import CommandSetup, run_command, score_command
from cmc.scores.costs import PictureCost
from cmc.scores.summary import FR, NR, Key

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line of a ranking. `cells`: each column's mean, with its 95 % interval where images can be resampled; `rate`:
    (bpp, times smaller than 24-bit), None where streams were not kept; `stated`: it is as its author says; `cost`: of a
    picture, None where it is not known."""

    standing: Standing
    cells: Sequence[tuple[float, Bounds | None]]
    rate: tuple[float, float] | None
    stated: bool
    cost: PictureCost | None

    @property
    def row(self) -> Row:
        return self.standing.row

    @property
    def mine(self) -> bool:
        """Whether it is the user's."""
        return self.row.source == YOURS


@dataclass(frozen=True)
class BoardTable:
    """A ranking over the images of one content type; `ranked`: lines with a rank; `low` to `high` spans all scores and
    intervals."""

    board: Board
    content: str
    columns: Sequence[str]
    rows: Sequence[Line]
    ranked: int
    low: float
    high: float

    @property
    def has_mine(self) -> bool:
        """Whether a line is the user's."""
        return any(line.mine for line in self.rows)

    @property
    def has_costs(self) -> bool:
        """Whether a line's cost is known."""
        return any(line.cost for line in self.rows)


@dataclass(frozen=True)
class TargetRuns:
    """What made a target: by mode the command that decoded it, None where no run file says, and the run file's text;
    the command and the settings that scored it."""

    target: str
    modes: Sequence[tuple[str, str | None]]
    score: str
    settings: Mapping[str, str]
    documents: Mapping[str, str]


def board_table(board: Board, content: str, rows: Sequence[Row]) -> BoardTable:
    """The ranking of `rows` on a board."""
    ranking = standings(board, rows, content)
    keys = [(content, mode, metric) for mode in board.modes for metric in (FR, NR)]
    ends = [standing.score for standing in ranking]
    for standing in ranking:
        ends.extend(standing.bounds or ())
    return BoardTable(
        board,
        content,
        [f"{mode.capitalize()}-{metric.upper()}" for _, mode, metric in keys],
        [_line(standing, keys, board, content) for standing in ranking],
        sum(standing.rank is not None for standing in ranking),
        min(ends, default=0),
        max(ends, default=1),
    )


def _line(standing: Standing, keys: Sequence[Key], board: Board, content: str) -> Line:
    row = standing.row
    cells = [(row.cells[key], interval(row.draws[key]) if row.draws else None) for key in keys]
    bpp = row.bpp(board.modes, content)
    rate = None if bpp is None else (bpp, ratio_of(bpp))
    return Line(standing, cells, rate, not row.stated.isdisjoint(board.modes), board_cost(board, row))


def target_runs(name: str, collection: Collection, setup: CommandSetup) -> TargetRuns:
    """What made the target of that name; `setup`: what commands need beside the run files."""
    file, runs = collection.files[name], collection.runs[name]
    commands = {
        mode: run_command(name, run.get("settings", {}) | run.get("imported", {}), setup) for mode, run in runs.items()
    }
    return TargetRuns(
        name,
        [(mode, commands.get(mode)) for mode in file.modes],
        score_command(name, file.settings, setup),
        file.settings,
        {mode: json.dumps(run, indent=2, ensure_ascii=False) for mode, run in runs.items()},
    )
