"""The tables of an analysis, as they are written and printed."""

import math
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cmc.core.tables import Table
from cmc.raters.agreement import Estimate
from cmc.raters.analysis import Analysis
from cmc.raters.metric_agreement import MetricAgreement
from cmc.raters.opinion_scores import OpinionScores
from cmc.raters.picture_names import Located
from cmc.raters.score_table import deviations, means
from cmc.raters.screening import RULES
from cmc.raters.votes import Dimension

Analyses = Mapping[Dimension, Analysis]
OPINIONS = ["image", "reference", "mos"]


def mos_table(analyses: Analyses) -> Table:
    """A row a picture, dimension and method; cells are empty where there is no vote, or no interval."""
    header = ["picture", "dimension", "method", "mos", "low", "high", "votes"]
    rows = [
        [picture, dimension, method, *row]
        for dimension, analysis in analyses.items()
        for method, scores in analysis.scores.items()
        for picture, row in zip(analysis.screened.table.pictures, _score_rows(scores), strict=True)
    ]
    return Table(header, rows)


def _score_rows(scores: OpinionScores) -> list[list[str]]:
    low, high = scores.mos - scores.half, scores.mos + scores.half
    columns = zip(scores.mos.tolist(), low.tolist(), high.tolist(), scores.votes.tolist(), strict=True)
    return [[*map(_cell, numbers), str(votes)] for *numbers, votes in columns]


def viewers_table(analyses: Analyses) -> Table:
    """A row a viewer and dimension: their votes, the model's bias and inconsistency, what each rule looks at and whom
    it would send away, and who went, with why."""
    model = ["bias", "bias_low", "bias_high", "inconsistency", "inconsistency_low", "inconsistency_high"]
    rules = [column for rule in RULES.values() for column in rule.figures] + [f"{rule}_rejects" for rule in RULES]
    header = ["viewer", "dimension", "votes", "mean", "deviation", *model, *rules, "kept", "why"]
    return Table(header, [row for name, analysis in analyses.items() for row in _viewer_rows(name, analysis)])


def _viewer_rows(dimension: Dimension, analysis: Analysis) -> list[list[str]]:
    screened, model = analysis.screened, analysis.model
    scores = screened.before.scores
    columns = [means(scores, axis=0), deviations(scores, axis=0)]
    for value, half in ((model.bias, model.bias_half), (model.inconsistency, model.inconsistency_half)):
        columns += [value, value - half, value + half]
    rows = []
    for j, viewer in enumerate(screened.before.viewers):
        verdicts = [screened.verdicts[rule][viewer] for rule in RULES]
        figures = [_cell(value) for verdict in verdicts for value in verdict.figures.values()]
        rejects = [_yes(verdict.rejected) for verdict in verdicts]
        why = screened.gone.get(viewer, "")
        votes = str(np.isfinite(scores[:, j]).sum())
        rows.append([viewer, dimension, votes, *(_cell(c[j]) for c in columns), *figures, *rejects, _yes(not why), why])
    return rows


def panel_table(analyses: Analyses) -> Table:
    """A row a dimension: who stayed, and how far they agree."""
    header = ["dimension", "viewers", "pictures", "votes", "SROCC", "ICC(2,1)", "ICC(2,k)", "complete"]
    return Table(header, [_panel_row(dimension, analysis) for dimension, analysis in analyses.items()])


def _panel_row(dimension: Dimension, analysis: Analysis) -> list[str]:
    table, found = analysis.screened.table, analysis.reliability
    counts = (len(table.viewers), len(table.pictures), int(table.votes.sum()))
    figures = (found.srocc, found.icc_single, found.icc_mean)
    return [dimension, *map(str, counts), *(_cell(figure, 3) for figure in figures), str(found.complete)]


def agreement_table(agreements: Mapping[Dimension, MetricAgreement]) -> Table:
    """A row a dimension and metric, each correlation with its bounds."""
    names = [f"{name}{end}" for name in ("srcc", "krcc", "plcc") for end in ("", "_low", "_high")]
    rows = [
        [
            dimension,
            found.metric,
            *_estimate(found.srcc),
            *_estimate(found.krcc),
            *_estimate(found.plcc),
            str(of.pictures),
        ]
        for dimension, of in agreements.items()
        for found in of.metrics
    ]
    return Table(["dimension", "metric", *names, "pictures"], rows)


def differences_table(agreements: Mapping[Dimension, MetricAgreement]) -> Table:
    """A row a dimension and pair of metrics."""
    header = ["dimension", "first", "second", "srcc_difference", "low", "high", "p", "p_holm"]
    rows = [
        [dimension, found.first, found.second, *_estimate(found.difference), _cell(found.p), _cell(found.p_holm)]
        for dimension, of in agreements.items()
        for found in of.differences
    ]
    return Table(header, rows)


def opinions_table(analysis: Analysis, method: str, located: Located, folder: Path) -> Table:
    """`image,reference,mos`, as `cmc finetune` reads it: files as they are reached from `folder`; pictures without a
    score or without files are left out."""
    pictures, mos = analysis.screened.table.pictures, analysis.scores[method].mos.tolist()
    rows = [
        [*(Path(os.path.relpath(file, folder)).as_posix() for file in located.files[picture]), _cell(score)]
        for picture, score in zip(pictures, mos, strict=True)
        if picture in located.files and not math.isnan(score)
    ]
    return Table(OPINIONS, rows)


def _estimate(estimate: Estimate) -> list[str]:
    return [_cell(value) for value in (estimate.value, *estimate.bounds)]


def _cell(value: float, digits: int = 6) -> str:
    if isinstance(value, int):
        return str(value)
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"
