"""How sure the ranks of scored results are, as `cmc leaderboard --power` shows it."""

import sys

from cmc.cli.table_formats import print_remark, print_table
from cmc.core.bootstrap import RESAMPLES
from cmc.core.errors import CMCError, some
from cmc.leaderboard.load_targets import Collection
from cmc.leaderboard.power import power_table, scored_modes, variance_table
from cmc.leaderboard.power_report import power_cells, power_csv, variance_cells
from cmc.leaderboard.rows import YOURS

EXPLANATION = f"""\
Flip: the share of {RESAMPLES:,} paired resamples in which the difference has the other sign. Needed: images at the
seeds that are there, seeds of each result over the images that are there, for a 95 % interval that just excludes 0 if
the difference found is the true one (half of such studies find less), and for one that does so in 80 % of studies."""


def show(collection: Collection, metric: str, content: str, style: str, every_pair: bool) -> None:
    """Print what tells results apart by `metric`, a score's column or "overall", as `style`, csv or one of FORMATS.

    Raises CMCError where no result has such a score.
    """
    own = [row for row in collection.rows if row.source == YOURS]
    if not any(scored_modes(row, metric, content) for row in own):
        known = some(sorted({name for row in own for _, _, name in row.cells}), 20) or "nothing: score some first"
        raise CMCError(f"no result is scored with {metric}; scored are {known}")
    lower = any(metric in file.lower_is_better for file in collection.files.values())
    pairs = power_table(collection.rows, metric, content, lower_is_better=lower, every_pair=every_pair)
    if style == "csv":
        sys.stdout.write(power_csv(pairs))
        return
    if pairs:
        print_table(*power_cells(pairs), style)
        print_remark(EXPLANATION, style)
    else:
        print_remark("No result has another beside it over the same modes, so there is nothing to tell apart.", style)
    variances = variance_table(collection.rows, metric, content)
    if variances:
        print()
        print_remark(
            "What scores vary by, and what part of the mean's variance would be gone with ever more seeds:", style
        )
        print()
        print_table(*variance_cells(variances), style)
    else:
        print_remark("No result has several seeds, so nothing says how far another seed would move a score.", style)
