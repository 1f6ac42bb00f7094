"""The folder of an analysis: its tables and its figure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cmc.core.files import sha256
from cmc.core.run_file import Document
from cmc.core.tables import Table, write_csv
from cmc.raters import analysis_tables as tables
from cmc.raters.analysis import Analysis, AnalysisSettings
from cmc.raters.metric_agreement import MetricAgreement
from cmc.raters.mos_plot import histograms
from cmc.raters.picture_names import Located
from cmc.raters.votes import DIMENSIONS, Dimension
from cmc.report.style import FORMATS, save

RUN, FIGURE = "run.json", "mos-histograms"
TABLES = ("mos", "viewers", "panel", *DIMENSIONS, "agreement", "differences", "unscored", "flagged")


@dataclass(frozen=True)
class Findings:
    """All that an analysis found; agreements: with metrics, where there are scores; unscored: why a picture has none,
    by name; flagged: by whom each flagged picture was."""

    settings: AnalysisSettings
    analyses: Mapping[Dimension, Analysis]
    agreements: Mapping[Dimension, MetricAgreement]
    located: Located
    unscored: Mapping[str, str]
    flagged: Mapping[str, list[str]]


def claimed(settings: AnalysisSettings, votes: Path, flags: Path | None) -> Document:
    """What two runs into one folder must have in common."""
    digests = {"votes_sha256": sha256(votes), "flags_sha256": sha256(flags) if flags else None}
    return {"settings": asdict(settings) | digests}


def outputs(folder: Path) -> list[Path]:
    """What of an analysis lies in a folder."""
    names = [*(f"{table}.csv" for table in TABLES), *(f"{FIGURE}.{suffix}" for suffix in FORMATS)]
    return [folder / name for name in names if (folder / name).is_file()]


def write_findings(folder: Path, findings: Findings) -> None:
    """Write every table and the figure; tables of what was not looked at (metrics, flags) have no row."""
    for name, table in _tables(folder, findings).items():
        write_csv(folder / f"{name}.csv", table.header, table.rows)
    method = findings.settings.method
    save(histograms({name: found.scores[method].mos for name, found in findings.analyses.items()}), folder, FIGURE)


def _tables(folder: Path, findings: Findings) -> dict[str, Table]:
    method, analyses = findings.settings.method, findings.analyses
    opinions: dict[str, Table] = {
        dimension: tables.opinions_table(analysis, method, findings.located, folder)
        for dimension, analysis in analyses.items()
    }
    return {
        "mos": tables.mos_table(analyses),
        "viewers": tables.viewers_table(analyses),
        "panel": tables.panel_table(analyses),
        **opinions,
        "agreement": tables.agreement_table(findings.agreements),
        "differences": tables.differences_table(findings.agreements),
        "unscored": Table(["picture", "why"], [[name, why] for name, why in findings.unscored.items()]),
        "flagged": Table(["picture", "viewers"], [[name, " ".join(who)] for name, who in findings.flagged.items()]),
    }
