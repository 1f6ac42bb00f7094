"""What scored results cost, as `cmc leaderboard --cost` shows it."""

import sys

from cmc.leaderboard.cost_table import cost_cells, cost_csv, cost_lines
from cmc.leaderboard.load_targets import Collection

EXPLANATION = """\
Seconds and dollars are of all workers together, whose seconds of loading, computing and writing are paid; s/picture is
computing alone, pictures/s by the clock. A codec's seconds are by the clock, from its table of streams."""


def show(collection: Collection, style: str) -> None:
    """Print what every stage of the results cost as `style`, csv or a format of tabulate."""
    from tabulate import tabulate

    lines = cost_lines(collection.rows)
    if style == "csv":
        sys.stdout.write(cost_csv(lines))
    elif lines:
        header, rows = cost_cells(lines)
        print(tabulate(rows, header, tablefmt=style, disable_numparse=True), end="\n\n")
        print(EXPLANATION)
    else:
        print("No run file says what anything cost; what is made from now on says it.")
