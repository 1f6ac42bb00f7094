"""What the page shows of each study."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.workspace import Workspace
from cmc.report.study_views import ShownView, show_views
from cmc.report.style import inline_svg
from cmc.stages.staleness import Staleness
from cmc.studies.measurements import without_scores
from cmc.studies.results import load_results, study_folders
from cmc.studies.study_file import find_studies, read_study

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure

# Of the pictures on contact sheets, which travel in the page.
PAGE_DPI = 110


@dataclass(frozen=True)
class StudySection:
    """One study; with a `fault` there is nothing else to show. `there`: how many of its results are."""

    name: str
    there: str = ""
    views: Sequence[ShownView] = ()
    remarks: Sequence[str] = ()
    fault: str = ""

    def svg(self, figure: "Figure") -> "Markup":
        """The figure as the page holds it."""
        from markupsafe import Markup

        return Markup(inline_svg(figure))


def study_sections(
    space: Workspace, results: Path, staleness: Callable[[Sequence[Path]], Staleness]
) -> list[StudySection]:
    """A section for every study under the root, by name; one that cannot be shown says why.

    `results`: the folder of results; `staleness`: what tells whether those of targets' folders are stale.
    """
    return [_section(path, results, staleness) for path in find_studies(space.root)]


def _section(path: Path, results: Path, staleness: Callable[[Sequence[Path]], Staleness]) -> StudySection:
    try:
        study = read_study(path)
        loaded = load_results(study, staleness(study_folders(study, results)), partial=True)
        there = f"{len(loaded.files)} of {len(study.targets)} results"
        remarks = [*loaded.remarks, *without_scores(loaded)]
        return StudySection(study.name, there, show_views(loaded, PAGE_DPI), remarks)
    except CMCError as error:
        return StudySection(path.parent.name, fault=str(error))
