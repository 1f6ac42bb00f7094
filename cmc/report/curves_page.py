"""The page of a comparison: its rate-distortion figure, what it says, and its tables, in one file."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cmc import __version__
from cmc.compare.curves import Curves
from cmc.compare.use_of_bits import QUESTION
from cmc.core.bits import STATED
from cmc.core.bootstrap import RESAMPLES
from cmc.core.tables import Table
from cmc.report.page import template
from cmc.report.style import inline_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "equal-rate": "At equal rate",
    "bd": "BD-rate and BD-metric",
    "points": "Points",
}


def curves_page(
    curves: Curves, figure: "Figure", tables: Mapping[str, Table], told: Sequence[str], absent: Mapping[str, str]
) -> str:
    """HTML. `tables` by the names of TITLES; `told`: sentences about the use of a bit; `absent`: codecs that lack
    weights, and where these are to be had."""
    from markupsafe import Markup

    return template("curves.html").render(
        version=__version__,
        resamples=RESAMPLES,
        curves=curves,
        figure=Markup(inline_svg(figure)),
        tables=[(title, tables[name]) for name, title in TITLES.items() if tables[name].rows],
        question=QUESTION,
        told=told,
        absent=absent,
        stated=STATED,
    )
