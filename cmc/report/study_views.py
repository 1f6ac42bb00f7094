"""A study's result in every way that it asks for: figures, tables, and what a reader must know of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.tables import Table
from cmc.report.panels import panel_figure
from cmc.report.rdplot import rate_distortion
from cmc.report.sheet import PRINT_DPI, sheet_figure
from cmc.report.study_boards import study_boards
from cmc.report.study_curves import TITLES, images_of, metrics_left_out, study_curves
from cmc.studies.contact_sheets import contact_sheets
from cmc.studies.panels import panel_figures
from cmc.studies.reference_table import REMARKS, reference_table
from cmc.studies.references import compare_references
from cmc.studies.results import StudyResults
from cmc.studies.views import VIEWS, View

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class StudyFigure:
    """`detail`: what tells it from others of its view, in its file's name; `caption`: what it shows, over which
    images."""

    detail: str
    caption: str
    figure: "Figure"


@dataclass(frozen=True)
class ShownView:
    """What a view came to; nothing but remarks where it cannot be shown. `tables` by detail, as of figures."""

    view: View
    figures: Sequence[StudyFigure] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    remarks: Sequence[str] = ()


def show_views(results: StudyResults, dpi: int = PRINT_DPI) -> list[ShownView]:
    """Every view that the study names, in order; one that cannot be shown says why, unless all are named, as they are
    where a plan says nothing of views. `dpi`: of pictures in figures."""
    shown = []
    asked = results.study.views != tuple(VIEWS)
    for view in (VIEWS[name] for name in results.study.views):
        try:
            shown.append(RENDERERS[view.name](view, results, dpi))
        except CMCError as error:
            if asked:
                shown.append(ShownView(view, remarks=[f"not shown: {error}"]))
    return shown


def _boards(view: View, results: StudyResults, dpi: int) -> ShownView:
    tables, remarks = study_boards(results)
    return ShownView(view, tables=tables, remarks=remarks)


def _panels(view: View, results: StudyResults, dpi: int) -> ShownView:
    figures: list[StudyFigure] = []
    remarks: list[str] = []
    for found in panel_figures(results):
        caption = (
            f"{found.mode.capitalize()} mode over {found.axis_title}, {_images(found.images)}. Panels of consistency "
            "are tinted; bands hold 95 % of the resamples, the best mean is ringed."
        )
        figures.append(StudyFigure(found.name, caption, panel_figure(found)))
        remarks += found.remarks
    return ShownView(view, figures, remarks=_once(remarks))


def _references(view: View, results: StudyResults, dpi: int) -> ShownView:
    found = compare_references(results)
    remarks = [f"means over {_images(found.images)}", *found.remarks, *REMARKS]
    return ShownView(view, tables={"": reference_table(found)}, remarks=remarks)


def _curves(view: View, results: StudyResults, dpi: int) -> ShownView:
    curves = study_curves(results)
    caption = (
        f"Means over {curves.images:,} of {_images(images_of(results))}, those that all points have, at rates measured "
        "on kept streams. Ringed points are on the Pareto front."
    )
    remarks = [f"{point} is left out: {reason}" for point, reason in curves.left_out.items()]
    if metrics := metrics_left_out(results, curves):
        remarks.append(f"on no curve, for some points lack it: {', '.join(metrics)}")
    figure = rate_distortion(curves, TITLES, _panels_a_row(len(curves.metrics)))
    return ShownView(view, [StudyFigure("", caption, figure)], remarks=remarks)


def _panels_a_row(metrics: int) -> int:
    """The paper's eight fit on a page in two rows of four."""
    return 4 if metrics > 4 else 2


def _sheets(view: View, results: StudyResults, dpi: int) -> ShownView:
    return ShownView(
        view,
        [
            StudyFigure(sheet.name, f"{sheet.name}: a row a mode, a column a setting.", sheet_figure(sheet, dpi))
            for sheet in contact_sheets(results)
        ],
    )


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _once(remarks: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(remarks))


RENDERERS: Mapping[str, Callable[[View, StudyResults, int], ShownView]] = {
    "board": _boards,
    "panels": _panels,
    "references": _references,
    "curves": _curves,
    "sheet": _sheets,
}
