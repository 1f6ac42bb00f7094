"""What `cmc rate analyse` prints."""

import math
from collections.abc import Mapping
from pathlib import Path

from cmc.cli import rate_agreement
from cmc.cli.table_formats import print_table
from cmc.core.errors import some
from cmc.raters.analysis import Analysis
from cmc.raters.analysis_files import FIGURE, Findings, outputs
from cmc.raters.analysis_tables import panel_table
from cmc.raters.methods import MAPPINGS, METHODS
from cmc.raters.screening import PAPER, RULES, Screening
from cmc.raters.verdicts import Verdict
from cmc.raters.viewer_codes import is_simulated
from cmc.raters.votes import DIMENSIONS, Dimension
from cmc.report.style import FORMATS

# The share of pictures that the paper's viewers flagged (appendix A.2).
PAPER_FLAGGED = 0.002
# Of a viewer's bias, in points: a tenth of the scale.
STRIKING = 0.5


def show(findings: Findings, votes: int, pictures: int, flags: Path | None, folder: Path) -> None:
    """Print what was found, from whose votes count to what was written."""
    settings = findings.settings
    viewers = {viewer for found in findings.analyses.values() for viewer in found.screened.before.viewers}
    print(f"{votes:,} votes of {len(viewers)} viewers on {pictures:,} pictures")
    simulated = sum(map(is_simulated, viewers))
    if simulated:
        print(f"SIMULATED: {simulated} of the viewers are no people, nor are these scores people's opinions")
    _show_rule(settings.screening)
    for dimension in DIMENSIONS:
        if dimension not in findings.analyses:
            print(f"  {dimension}: no votes")
    for dimension, analysis in findings.analyses.items():
        _show_screened(dimension, analysis.screened.gone, len(analysis.screened.before.viewers))
    print()
    _show_striking(findings)
    panel = panel_table(findings.analyses)
    print_table(panel.header, panel.rows, "text")
    print("SROCC: of each viewer with the mean of the others, in the mean. ICC: Shrout and Fleiss's, over the complete")
    print("pictures, those that all of these viewers voted on.")
    method = METHODS[settings.method]
    print(f"\nopinion scores: {method.source}")
    if method.z:
        print(f"  from z to the scale: {MAPPINGS[settings.mapping].words}")
    _show_gaps(findings)
    rate_agreement.show(findings.agreements)
    _show_flags(findings, pictures, flags)
    tables = sorted(path.name for path in outputs(folder) if path.suffix == ".csv")
    print(f"written: {folder}: {', '.join(tables)}")
    print(f"  and {FIGURE}.{{{','.join(FORMATS)}}}")


def _show_rule(screening: Screening) -> None:
    if screening.rule not in RULES:
        print("screened by no rule")
        return
    where = "from both dimensions at once" if screening.whole else "dimension by dimension"
    print(f"screened by {RULES[screening.rule].source}, {where}")
    if screening.rule == PAPER:
        paper = screening.paper
        against = "others" if paper.leave_one_out else "whole panel"
        how = "the worst first, then anew" if paper.repeated else "all at once"
        print(f"  who is under {paper.threshold:g} with the mean of the {against} goes, {how}")


def _show_screened(dimension: Dimension, gone: Mapping[str, str], total: int) -> None:
    print(f"  {dimension}: {total - len(gone)} of {total} viewers stay")
    for viewer, why in gone.items():
        print(f"    {viewer} goes: {why}")


def _show_striking(findings: Findings) -> None:
    """Viewers whom some rule would send away, or who are off by much, whether they stay or not."""
    header = ["viewer", "dimension", "bias", "inconsistency", *RULES, "kept"]
    rows = [row for dimension, analysis in findings.analyses.items() for row in _striking_rows(dimension, analysis)]
    if rows:
        print_table(header, rows, "text")
        print(f"those with a bias over {STRIKING} or whom some rule would send away (*); viewers.csv has everybody\n")
    else:
        print(f"no rule would send anybody away, and nobody's bias is over {STRIKING}; viewers.csv has the figures\n")


def _striking_rows(dimension: Dimension, analysis: Analysis) -> list[list[str]]:
    screened, model = analysis.screened, analysis.model
    rows = []
    columns = zip(screened.before.viewers, model.bias.tolist(), model.inconsistency.tolist(), strict=True)
    for viewer, bias, inconsistency in columns:
        verdicts = [screened.verdicts[rule][viewer] for rule in RULES]
        if abs(bias) > STRIKING or any(verdict.rejected for verdict in verdicts):
            kept = "no" if viewer in screened.gone else "yes"
            figures = _figure(bias, "+.2f"), _figure(inconsistency, ".2f")
            rows.append([viewer, dimension, *figures, *map(_verdict_cell, verdicts), kept])
    return rows


def _verdict_cell(verdict: Verdict) -> str:
    cells = (f"{name} {_figure(value, '.2f')}" for name, value in verdict.figures.items())
    return ", ".join(cells) + (" *" if verdict.rejected else "")


def _figure(value: float, spec: str) -> str:
    """By a format; a number of things is an int, and stands as it is."""
    if isinstance(value, int):
        return str(value)
    return "unknown" if math.isnan(value) else f"{value:{spec}}"


def _show_gaps(findings: Findings) -> None:
    for dimension, analysis in findings.analyses.items():
        pictures = analysis.screened.table.pictures
        for method, scores in analysis.scores.items():
            without = [picture for picture, mos in zip(pictures, scores.mos.tolist()) if math.isnan(mos)]
            if without:
                print(f"  {dimension}: {len(without)} picture(s) have no score by {method}: {some(without)}")
        if not analysis.model.is_estimated:
            print(f"  {dimension}: no estimate of biases and inconsistencies; somebody gave too few votes for one")
        for viewer, is_taken in zip(analysis.screened.before.viewers, analysis.model.taken_for_truth):
            if is_taken:
                print(f"  {dimension}: the model takes {viewer}'s votes for the truth: do not trust its biases")
    if findings.located.absent:
        absent = findings.located.absent
        print(f"  not in the tables for fine-tuning, for they or their ground truths are not here: {some(absent, 3)}")
    if findings.unscored:
        listed = some(f"{name} ({why})" for name, why in findings.unscored.items())
        print(f"  {len(findings.unscored)} picture(s) without a metric's score, left out below: {listed}")


def _show_flags(findings: Findings, pictures: int, flags: Path | None) -> None:
    if flags is None:
        print("no flags.csv: nothing is known of offensive pictures")
        return
    share = len(findings.flagged) / pictures
    print(f"{len(findings.flagged)} picture(s) flagged as offensive, {share:.1%} (the paper: {PAPER_FLAGGED:.1%})")
