"""The scores of one target as a table on the screen."""

from collections.abc import Iterable, Mapping, Sequence

from cmc.core.workspace import ALL
from cmc.scores.summary import FR, NR, OVERALL, Cell


def benchmark_table(cells: Sequence[Cell]) -> list[str]:
    """FR and NR of every mode, over all images and by content type."""
    cells = [cell for cell in cells if "/" not in cell.content]  # the subtypes are in the file
    contents = list(dict.fromkeys(cell.content for cell in cells))
    lines = [" " * 8 + "".join(f"{content:^18}" for content in contents)]
    lines.append(f"{'mode':<8}" + f"{'FR':>8} {'NR':>8} " * len(contents) + f"{'images':>14}")
    for mode in dict.fromkeys(cell.mode for cell in cells):
        row = [cell for cell in cells if cell.mode == mode]
        if mode == OVERALL:
            lines.append(_line("mean", row) + f"{'':>14}")
            lines.append(f"{OVERALL:<8}" + "".join(f"{_number(cell.overall):^18}" for cell in row))
            continue
        over = f"{row[0].n} of {row[0].expected}" if row[0].n < row[0].expected else str(row[0].n)
        lines.append(_line(mode, row) + f"{over:>14}")
    return [line.rstrip() for line in lines]


def _line(title: str, row: Sequence[Cell]) -> str:
    return f"{title:<8}" + "".join(
        f"{_number(cell.means.get(FR)):>8} {_number(cell.means.get(NR)):>8} " for cell in row
    )


def further_table(cells: Sequence[Cell], higher: Mapping[str, bool]) -> list[str]:
    """Every column of `higher` (whether more is better) over all images: one row a column, one column a mode.

    Means with their 95 % intervals; metrics of whole folders have neither an interval nor a mean over modes.
    """
    row = [cell for cell in cells if cell.content == ALL]
    lines = [f"{'':<14}" + "".join(f"{'mean' if cell.mode == OVERALL else cell.mode:>28}" for cell in row)]
    for name, more in higher.items():
        lines.append(f"{name + (' ↑' if more else ' ↓'):<14}" + "".join(f"{_estimate(cell, name):>28}" for cell in row))
    return [line.rstrip() for line in lines]


def content_table(cells: Sequence[Cell], columns: Iterable[str]) -> list[str]:
    """Means over all modes of some columns: one row a content type; its subtypes are in the file."""
    names = list(columns)
    lines = [f"{'':<8}" + "".join(f"{name:>14}" for name in names) + f"{'pictures':>14}"]
    for cell in (cell for cell in cells if cell.mode == OVERALL and "/" not in cell.content):
        over = f"{cell.n} of {cell.expected}" if cell.n < cell.expected else str(cell.n)
        values = "".join(f"{_number(cell.means.get(name)):>14}" for name in names)
        lines.append(f"{cell.content:<8}{values}{over:>14}")
    return lines


def _estimate(cell: Cell, name: str) -> str:
    if name not in cell.bounds:
        return _number(cell.means.get(name, cell.sets.get(name)))
    low, high = cell.bounds[name]
    return f"{cell.means[name]:.4f} [{low:.4f}, {high:.4f}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
