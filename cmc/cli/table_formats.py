"""The ways that rankings and the tables beside them are printed."""

from collections.abc import Sequence

# The format's name in tabulate, what marks a title, and a remark, in it.
FORMATS = {"text": "simple", "markdown": "github", "latex": "latex_booktabs"}
TITLE_MARKS = {"text": "", "markdown": "### ", "latex": "% "}
REMARK_MARKS = {"text": "", "markdown": "", "latex": "% "}


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], style: str) -> None:
    """Print cells in one of FORMATS, and an empty line."""
    from tabulate import tabulate

    print(tabulate(rows, header, tablefmt=FORMATS[style], disable_numparse=True), end="\n\n")


def print_remark(text: str, style: str) -> None:
    """Print a text of one or more lines that is no part of a table."""
    for line in text.splitlines():
        print(f"{REMARK_MARKS[style]}{line}")
