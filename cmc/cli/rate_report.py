"""What `cmc rate analyse` prints."""

import math
from collections.abc import Mapping
from pathlib import Path

from cmc.core.bootstrap import RESAMPLES
from cmc.core.errors import some
from cmc.core.tables import Table
from cmc.raters.agreement import Agreement, Estimate
from cmc.raters.analysis import Analysis
from cmc.raters.analysis_files import FIGURE, Findings
from cmc.raters.analysis_tables import panel_table
from cmc.raters.methods import MAPPINGS, METHODS
from cmc.raters.screening import PAPER, RULES, Screening
from cmc.raters.verdicts import Verdict
from cmc.raters.votes import Dimension
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
    print(f"screened by {_rule(settings.screening)}")
    for dimension, analysis in findings.analyses.items():
        _show_screened(dimension, analysis.screened.gone, len(analysis.screened.before.viewers))
    _show_striking(findings)
    _show_table(panel_table(findings.analyses))
    print("SROCC: of each viewer with the mean of the others, in the mean. ICC: Shrout and Fleiss's, over the complete")
    print("pictures, those that all of these viewers voted on.")
    method = METHODS[settings.method]
    mapped = f"; to 0-5 by {MAPPINGS[settings.mapping].words}" if method.z else ""
    print(f"\nopinion scores: {method.source}{mapped}")
    _show_gaps(findings)
    _show_agreement(findings)
    _show_flags(findings, pictures, flags)
    print(f"written: {folder}: {', '.join(sorted(path.name for path in folder.glob('*.csv')))}")
    print(f"  and {FIGURE}.{{{','.join(FORMATS)}}}")


def _rule(screening: Screening) -> str:
    if screening.rule not in RULES:
        return "no rule"
    paper = screening.paper
    against = "others" if paper.leave_one_out else "all, their own votes included"
    how = "the worst first, again and again" if paper.repeated else "once"
    limit = f", under {paper.threshold:g} with the mean of the {against}, {how}" if screening.rule == PAPER else ""
    where = "from both dimensions" if screening.whole else "dimension by dimension"
    return f"{RULES[screening.rule].source}{limit}, {where}"


def _show_screened(dimension: Dimension, gone: Mapping[str, str], total: int) -> None:
    print(f"  {dimension}: {total - len(gone)} of {total} viewers stay")
    for viewer, why in gone.items():
        print(f"    {viewer} goes: {why}")


def _show_striking(findings: Findings) -> None:
    """Viewers whom some rule would send away, or who are off by much, whether they stay or not."""
    header = ["viewer", "dimension", "bias", "inconsistency", *RULES, "kept"]
    rows = [row for dimension, analysis in findings.analyses.items() for row in _striking_rows(dimension, analysis)]
    if rows:
        _show_table(Table(header, rows))
        print(f"those with a bias over {STRIKING} or whom some rule would send away (*); viewers.csv has everybody")
    else:
        print(f"\nno rule would send anybody away, and nobody's bias is over {STRIKING}; viewers.csv has the figures")


def _striking_rows(dimension: Dimension, analysis: Analysis) -> list[list[str]]:
    screened, model = analysis.screened, analysis.model
    rows = []
    columns = zip(screened.before.viewers, model.bias.tolist(), model.inconsistency.tolist(), strict=True)
    for viewer, bias, inconsistency in columns:
        verdicts = [screened.verdicts[rule][viewer] for rule in RULES]
        if abs(bias) > STRIKING or any(verdict.rejected for verdict in verdicts):
            kept = "no" if viewer in screened.gone else "yes"
            figures = f"{bias:+.2f}", f"{inconsistency:.2f}"
            rows.append([viewer, dimension, *figures, *map(_verdict_cell, verdicts), kept])
    return rows


def _verdict_cell(verdict: Verdict) -> str:
    figures = (f"{name} {value:.3g}" for name, value in verdict.figures.items())
    return ", ".join(figures) + (" *" if verdict.rejected else "")


def _show_gaps(findings: Findings) -> None:
    method = findings.settings.method
    for dimension, analysis in findings.analyses.items():
        steady = [
            viewer
            for viewer, is_taken in zip(analysis.screened.before.viewers, analysis.model.taken_for_truth)
            if is_taken
        ]
        if steady:
            print(
                f"  {dimension}: {some(steady)} agrees with the model so well that it took their votes for the truth:"
            )
            print("    do not trust its biases and inconsistencies")
        scores = zip(analysis.screened.table.pictures, analysis.scores[method].votes.tolist(), strict=True)
        without = [picture for picture, votes in scores if not votes]
        if without:
            print(f"  {dimension}: {len(without)} picture(s) without a score by it: {some(without)}")
    if findings.located.absent:
        absent = findings.located.absent
        print(f"  not in the tables for fine-tuning, for they or their ground truths are not here: {some(absent)}")


def _show_agreement(findings: Findings) -> None:
    if not findings.agreements:
        print("\nno rated result has scores; cmc evaluate makes those that opinion scores can be held against\n")
        return
    if findings.unscored:
        listed = some(f"{name} ({why})" for name, why in findings.unscored.items())
        print(f"  {len(findings.unscored)} picture(s) without a metric's score, left out below: {listed}")
    rows = [
        [dimension, *_agreement_cells(metric)] for dimension, of in findings.agreements.items() for metric in of.metrics
    ]
    _show_table(Table(["dimension", "metric", "SRCC", "KRCC", "PLCC"], rows))
    of = next(iter(findings.agreements.values()))
    print(
        f"over {of.pictures} pictures of {of.truths} ground truths, {RESAMPLES:,} resamples of those; scores of which"
    )
    print("less is better are turned; PLCC is after the logistic curve of four parameters")
    for dimension, of in findings.agreements.items():
        sure = [f"{pair.first} and {pair.second}" for pair in of.differences if pair.p_holm < 0.05]
        if of.differences:
            told = some(sure) if sure else "none"
            print(f"  {dimension}: metrics whose SRCC differs for sure (Holm's p < 0.05): {told}")
    print()


def _agreement_cells(found: Agreement) -> list[str]:
    return [found.metric, *(_bounded(estimate) for estimate in (found.srcc, found.krcc, found.plcc))]


def _bounded(estimate: Estimate) -> str:
    low, high = estimate.bounds
    if math.isnan(estimate.value):
        return "unknown"
    return f"{estimate.value:.3f} ({low:.3f} to {high:.3f})"


def _show_flags(findings: Findings, pictures: int, flags: Path | None) -> None:
    if flags is None:
        print("no flags.csv: nothing is known of offensive pictures")
        return
    share = len(findings.flagged) / pictures
    print(f"{len(findings.flagged)} picture(s) flagged as offensive, {share:.1%} (the paper: {PAPER_FLAGGED:.1%})")


def _show_table(table: Table) -> None:
    from tabulate import tabulate

    print("\n" + tabulate(table.rows, table.header, disable_numparse=True))
