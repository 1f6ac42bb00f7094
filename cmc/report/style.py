"""How figures look: publication sizes and colours, and their ways to files and into the page."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.files import write_atomic
from cmc.core.workspace import OTHER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches: one and two columns of an IEEE page.
COLUMN, PAGE = 3.5, 7.16
FORMATS = ("png", "svg", "pdf")
# Two inks that the page replaces by its own, light or dark.
INK, GRID = "#1b2029", "#c8cdd5"
# Okabe and Ito's, told apart by colour-blind readers too.
OWN = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1.2, 1.2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
PALE = (
    "#5b8ff9",
    "#f6903d",
    "#42b883",
    "#e8684a",
    "#9d7bd8",
    "#a9765b",
    "#e07bb5",
    "#8a94a6",
    "#a8a832",
    "#3bb5c4",
    "#6f8f4e",
    "#c99a2e",
)
MODE_COLOURS = {"full": "#0072b2", "image": "#e69f00", "pixel": "#009e73", "text": "#cc79a7"}
CONTENT_COLOURS = {"NSI": "#4477aa", "SCI": "#ee6677", "AIGI": "#228833", OTHER: "#8b93a1"}
# Any: matplotlib names each of its settings by a type of its own.
STYLE: dict[Any, Any] = {
    "font.size": 8,
    "font.family": "sans-serif",
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1,
    "svg.hashsalt": "cmc",
    "pdf.fonttype": 42,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.03,
    "savefig.dpi": 300,
}


def log_axis(axes: "Axes", digits: Sequence[int] = (1, 2, 5)) -> None:
    """A logarithmic horizontal axis with ticks at these digits, in plain numbers."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=digits))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def result_style(index: int) -> dict[str, Any]:
    """Colour, dash and marker of a user's result; no two of the first 42 are alike."""
    return {
        "color": OWN[index % len(OWN)],
        "linestyle": DASHES[index // len(OWN) % len(DASHES)],
        "marker": MARKERS[index % len(MARKERS)],
    }


def save(figure: "Figure", folder: Path, name: str) -> list[Path]:
    """Write `<name>.png`, `.svg` and `.pdf`, 300 dpi, without a date, so that the same figure is the same file; returns
    their paths."""
    from matplotlib import rc_context

    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with rc_context(STYLE):
        figure.draw_without_rendering()
        # Found once: each format would draw the figure twice to find it itself.
        box = figure.get_tightbbox().padded(STYLE["savefig.pad_inches"])
        for suffix in FORMATS:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, metadata=dates.get(suffix), bbox_inches=box)
            write_atomic(folder / f"{name}.{suffix}", buffer.getvalue())
    return [folder / f"{name}.{suffix}" for suffix in FORMATS]


def inline_svg(figure: "Figure") -> str:
    """The figure as an <svg> element whose inks are the page's own (CSS `currentColor` and `--line`)."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context(STYLE | {"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    return svg[svg.index("<svg") :].replace(INK, "currentColor").replace(GRID, "var(--line)")
