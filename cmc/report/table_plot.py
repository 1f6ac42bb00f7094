"""A table as a figure, ruled as in a paper."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cmc.core.tables import Table
from cmc.report.style import GRID, INK, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches: of a line, of a letter as wide as most are (bold ones are wider), and between columns.
LINE, LETTER, BOLD, GAP = 0.17, 0.058, 1.12, 0.16
FONT_SIZE = 7
NUMBER = re.compile(r"[-+–]?[\d.]")


def table_figure(table: Table) -> "Figure":
    """The cells as they are: words at the left, numbers at the right; where the first column groups rows, with a thin
    rule between groups."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    columns = list(zip(table.header, *table.rows, strict=True))
    widths = [_width(header, cells) for header, *cells in columns]
    with rc_context(STYLE):
        figure = Figure(figsize=(sum(widths), LINE * (len(table.rows) + 1)))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set(xlim=(0, sum(widths)), ylim=(len(table.rows) + 1, 0))
        for place, (header, *cells) in enumerate(columns):
            _draw(axes, header, cells, sum(widths[:place]), sum(widths[: place + 1]) - GAP)
        _rule(axes, [row[0] for row in table.rows], sum(widths) - GAP)
    return figure


def _width(header: str, cells: Sequence[str]) -> float:
    return LETTER * max(BOLD * len(header), *(len(cell) for cell in cells), 1) + GAP


def _draw(axes: "Axes", header: str, cells: Sequence[str], left: float, right: float) -> None:
    """A column between two places in inches."""
    numbers = any(cells) and all(NUMBER.match(cell) for cell in cells if cell)
    x, side = (right, "right") if numbers else (left, "left")
    for row, cell in enumerate([header, *cells]):
        weight = "normal" if row else "bold"
        axes.text(x, row + 0.5, cell, ha=side, va="center", fontsize=FONT_SIZE, fontweight=weight)


def _rule(axes: "Axes", firsts: Sequence[str], right: float) -> None:
    """Rules above and below the table and under its header, thin ones between groups of rows."""
    for row in (0, 1, len(firsts) + 1):
        axes.plot([0, right], [row, row], color=INK, linewidth=0.8 if row == 1 else 1.2, clip_on=False)
    grouped = len(set(firsts)) < len(firsts)
    for row in range(1, len(firsts)):
        if grouped and firsts[row] != firsts[row - 1]:
            axes.plot([0, right], [row + 1, row + 1], color=GRID, linewidth=0.5)
