"""What scored results cost, as `cmc leaderboard --cost` shows it."""

import sys

from cmc.cli.table_formats import print_remark, print_table
from cmc.leaderboard.cost_table import cost_cells, cost_csv, cost_lines
from cmc.leaderboard.load_targets import Collection

EXPLANATION = """\
Seconds and dollars are of all workers together, whose seconds of loading, computing and writing are paid; s/picture is
computing alone, pictures/s by the clock. A codec's seconds are by the clock, from its table of streams."""


def show(collection: Collection, style: str) -> None:
    """Print what every stage of the results cost as `style`, csv or one of FORMATS."""
    lines = cost_lines(collection.rows)
    if style == "csv":
        sys.stdout.write(cost_csv(lines))
    elif lines:
        print_table(*cost_cells(lines), style)
        print_remark(EXPLANATION, style)
    else:
        print_remark("No run file says what anything cost; what is made from now on says it.", style)
