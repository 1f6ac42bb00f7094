"""A study's figures and tables as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.tables import Table, format_csv, write_csv
from cmc.core.workspace import key_of
from cmc.report.study_views import show_views
from cmc.report.style import save
from cmc.report.table_plot import table_figure
from cmc.studies.measurements import without_scores
from cmc.studies.points_table import points_table
from cmc.studies.results import StudyResults
from cmc.studies.tables import as_latex, as_text


@dataclass(frozen=True)
class Written:
    """The files of a study's result, and what a reader of them must know."""

    files: Sequence[Path]
    remarks: Sequence[str]


POINTS = "points.csv"


def write_views(results: StudyResults, folder: Path) -> Written:
    """`points.csv`; of every view `<view>[-<detail>]` as PNG, SVG and PDF, tables as CSV, text and LaTeX too."""
    files, remarks = [], [*results.remarks, *without_scores(results)]
    try:
        table, points = points_table(results)
        write_csv(folder / POINTS, table.header, table.rows)
        files.append(folder / POINTS)
        remarks += [f"{POINTS}: {remark}" for remark in points.remarks]
    except CMCError as error:
        remarks.append(f"no {POINTS}: {error}")
    for shown in show_views(results):
        for drawn in shown.figures:
            name = f"{shown.view.name}-{key_of(drawn.detail)}" if drawn.detail else shown.view.name
            files += save(drawn.figure, folder, name)
        for detail, table in shown.tables.items():
            files += _write_table(folder, f"{shown.view.name}-{detail}" if detail else shown.view.name, table)
        remarks += [f"{shown.view.name}: {remark}" for remark in shown.remarks]
    return Written(files, remarks)


def _write_table(folder: Path, name: str, table: Table) -> list[Path]:
    texts = {"csv": format_csv(table.header, table.rows), "txt": as_text(table), "tex": as_latex(table)}
    for suffix, text in texts.items():
        write_atomic(folder / f"{name}.{suffix}", text.encode("utf-8"))
    return [*(folder / f"{name}.{suffix}" for suffix in texts), *save(table_figure(table), folder, name)]
