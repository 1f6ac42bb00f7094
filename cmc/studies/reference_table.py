"""Table A1 as a table: Original, what decoders make of it, and Improve, beside the published rows."""

from collections.abc import Mapping, Sequence

from cmc.core.tables import Table
from cmc.studies.improvement import improvement, percent
from cmc.studies.paper_metrics import PAPER_METRICS, PaperMetric
from cmc.studies.points import Estimate, Point
from cmc.studies.published import table_a1
from cmc.studies.references import Reference, References

ORIGINAL, IMPROVE, NOTHING = "Original", "Improve", "–"
REMARKS = (
    "Improve is (decoded - original) / original, and (original - decoded) / decoded where less is better, as in the "
    "published table",
    "Published rows are those of the paper's table A1, which names neither its decoder nor its pictures, and does not "
    "agree with its tables 3 and 4; an FID near 300 speaks of few pictures. Compare shapes and signs, not digits",
)


def reference_table(references: References) -> Table:
    """Columns as in table A1, those of metrics that were computed, and the rate where it was measured."""
    points = [point for one in references.references for point in (one.original, *one.decoded.values())]
    metrics = [metric for metric in PAPER_METRICS if any(metric.column in point.estimates for point in points)]
    rows = [row for reference in references.references for row in _rows(reference, metrics)]
    published = [
        [f"published, vvc QP {row.qp}", row.name, "", *(row.cells[metric.column] for metric in metrics)]
        for row in table_a1()
    ]
    return Table(["Reference", "Image", "bpp", *(metric.title for metric in metrics)], [*rows, *published])


def _rows(reference: Reference, metrics: Sequence[PaperMetric]) -> list[list[str]]:
    name, original = f"{reference.codec} QP {reference.qp}", reference.original
    rows = [[name, ORIGINAL, *_cells(original, metrics)]]
    for decoder, decoded in reference.decoded.items():
        improved = [percent(value) for value in improvements(original, decoded, metrics)]
        rows += [[name, decoder, *_cells(decoded, metrics)], [name, IMPROVE, "", *improved]]
    return rows


def improvements(original: Point, decoded: Point, metrics: Sequence[PaperMetric]) -> list[float | None]:
    """In per cent, of each metric; None where one of the two lacks it."""
    return [
        improvement(original.estimates[metric.column].mean, decoded.estimates[metric.column].mean, metric.higher)
        if metric.column in original.estimates and metric.column in decoded.estimates
        else None
        for metric in metrics
    ]


def _cells(point: Point, metrics: Sequence[PaperMetric]) -> list[str]:
    rate = NOTHING if point.bpp is None else f"{point.bpp:.5f}"
    return [rate, *(_mean(point.estimates, metric) for metric in metrics)]


def _mean(estimates: Mapping[str, Estimate], metric: PaperMetric) -> str:
    """With the digits of table A1."""
    if metric.column not in estimates:
        return NOTHING
    mean = estimates[metric.column].mean
    return f"{mean:.1f}" if abs(mean) >= 100 else f"{mean:.3f}"
