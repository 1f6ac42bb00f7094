"""Tables of a study as text, for a screen and for a paper; as CSV `core.tables` has them."""

from cmc.core.tables import Table

# What LaTeX has no letter for, once the rest is escaped.
SYMBOLS = {"↑": r"$\uparrow$", "↓": r"$\downarrow$", "–": "--"}


def as_text(table: Table) -> str:
    """Columns in line, for a screen."""
    from tabulate import tabulate

    return tabulate(table.rows, table.header, tablefmt="simple", disable_numparse=True) + "\n"


def as_latex(table: Table) -> str:
    """A `tabular` for the package booktabs."""
    from tabulate import tabulate

    text = tabulate(table.rows, table.header, tablefmt="latex_booktabs", disable_numparse=True) + "\n"
    for symbol, command in SYMBOLS.items():
        text = text.replace(symbol, command)
    return text
