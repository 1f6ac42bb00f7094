"""The numbers of figures A4 to A7: each metric of the paper over the length of captions, over strength or noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from cmc.core.errors import CMCError, some
from cmc.core.modes import MODES
from cmc.studies.axes import AXES, TEXT_BPP, Axis
from cmc.studies.labels import label, varied
from cmc.studies.measurements import measurements
from cmc.studies.paper_metrics import PAPER_METRICS, PaperMetric
from cmc.studies.points import Estimate, Point, points_over_common
from cmc.studies.results import StudyResults
from cmc.studies.views import VIEWS

# The mark of captions whose length was not asked for.
OWN_LENGTH = "own length"


@dataclass(frozen=True)
class PanelPoint:
    """A result's estimate; `mark`: its words, where the axis does not tell them."""

    x: float
    estimate: Estimate
    mark: str


@dataclass(frozen=True)
class Panel:
    """One metric. lines: points by rising x; best: the line and the point of the best mean."""

    metric: PaperMetric
    lines: Mapping[str, Sequence[PanelPoint]]
    best: tuple[str, PanelPoint]


@dataclass(frozen=True)
class PanelFigure:
    """One figure, over `images`. text_bpp: bits of text by line, where the axis does not show them and they were
    measured; log: whether the axis is logarithmic."""

    name: str
    mode: str
    axis_title: str
    panels: Sequence[Panel]
    text_bpp: Mapping[str, float]
    images: int
    remarks: Sequence[str]
    log: bool = False


def panel_figures(results: StudyResults) -> list[PanelFigure]:
    """A figure for each of AXES that varies, and each mode. Raises CMCError where none varies, or nothing is scored."""
    decoded = [measurement for measurement in measurements(results) if not measurement.of_codec]
    figures = []
    for axis in AXES:
        for mode in MODES:
            swept = [one for one in decoded if one.mode == mode and axis.counts(one)]
            if len({axis.value(one) for one in swept} - {None}) > 1:
                over_common = points_over_common(swept)
                figures.append(_figure(axis, mode, over_common.points, over_common.images, over_common.remarks))
    if not figures:
        raise CMCError(f"it needs {VIEWS['panels'].needs}")
    return figures


def _figure(axis: Axis, mode: str, points: Sequence[Point], images: int, remarks: Sequence[str]) -> PanelFigure:
    over_text = axis.over_text and all(point.text_bpp for point in points)
    unplaced = [point for point in points if not over_text and axis.value(point.measurement) is None]
    lines = _lines(axis, [point for point in points if point not in unplaced])
    text_bpp = {} if over_text else _text_bpp(lines)
    panels = [_panel(metric, axis, lines, over_text) for metric in PAPER_METRICS]
    return PanelFigure(
        f"{axis.name}-{mode}",
        mode,
        TEXT_BPP if over_text else axis.title,
        [panel for panel in panels if panel],
        text_bpp,
        images,
        [*remarks, *_axis_remarks(axis, over_text, unplaced), *_metric_remarks(points)],
        axis.log,
    )


def _axis_remarks(axis: Axis, over_text: bool, unplaced: Sequence[Point]) -> list[str]:
    remarks = []
    if axis.over_text and not over_text:
        remarks.append("bits of text are not known of every result (no streams were kept), so words are the axis")
    if unplaced:
        listed = some(point.measurement.setting.name for point in unplaced)
        remarks.append(f"no {axis.name} stated, so on no place of this axis: {listed}")
    return remarks


def _metric_remarks(points: Sequence[Point]) -> list[str]:
    """Metrics that were not computed, of all results or of some."""
    lacking: dict[str, list[str]] = {}
    for metric in PAPER_METRICS:
        without = [point.measurement.setting.name for point in points if metric.column not in point.estimates]
        if without:
            lacking[metric.label] = without
    nowhere = [name for name, without in lacking.items() if len(without) == len(points)]
    remarks = [f"not computed, so without a panel: {', '.join(nowhere)}"] if nowhere else []
    return remarks + [f"no {name} of {some(of)}" for name, of in lacking.items() if name not in nowhere]


def _lines(axis: Axis, points: Sequence[Point]) -> dict[str, list[Point]]:
    """Points by what else they differ in, each line by rising value of the axis."""
    fields = [field for field in varied(point.measurement.setting for point in points) if field not in axis.fields]
    lines: dict[str, list[Point]] = {}
    for point in points:
        lines.setdefault(label(point.measurement.setting, fields), []).append(point)
    return {name: sorted(line, key=lambda point: _value(axis, point)) for name, line in lines.items()}


def _value(axis: Axis, point: Point) -> float:
    """The axis' value; of a result that states none, which stands alone on its line, any."""
    return axis.value(point.measurement) or 0.0


def _text_bpp(lines: Mapping[str, Sequence[Point]]) -> dict[str, float]:
    rates = {name: [point.text_bpp for point in line if point.text_bpp] for name, line in lines.items()}
    return {name: fmean(known) for name, known in rates.items() if len(known) == len(lines[name])}


def _panel(metric: PaperMetric, axis: Axis, lines: Mapping[str, Sequence[Point]], over_text: bool) -> Panel | None:
    """None where no result has the metric."""
    placed: dict[str, list[PanelPoint]] = {}
    for name, line in lines.items():
        for point in line:
            if metric.column in point.estimates:
                value = axis.value(point.measurement)
                x = point.text_bpp if over_text else value
                mark = _mark(value) if over_text else ""
                placed.setdefault(name, []).append(PanelPoint(x or 0.0, point.estimates[metric.column], mark))
    candidates = [(name, point) for name, line in placed.items() for point in line]
    if not candidates:
        return None
    sign = 1 if metric.higher else -1
    return Panel(metric, placed, max(candidates, key=lambda candidate: sign * candidate[1].estimate.mean))


def _mark(words: float | None) -> str:
    return OWN_LENGTH if words is None else f"{words:g} words"
