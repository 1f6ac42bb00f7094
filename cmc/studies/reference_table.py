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
    """Columns as in table A1, those of metrics that were computed, and the rate where it was measured; each reference's
    published rows stand below its own, those of other references at the end."""
    points = [point for one in references.references for point in (one.original, *one.decoded.values())]
    metrics = [metric for metric in PAPER_METRICS if any(metric.column in point.estimates for point in points)]
    published = _published(metrics)
    rows = []
    for reference in references.references:
        name = _name(reference.codec, reference.qp)
        rows += [*_rows(name, reference, metrics), *published.pop(name, [])]
    rest = [row for of_reference in published.values() for row in of_reference]
    return Table(["Reference", "Image", "bpp", *(metric.title for metric in metrics)], [*rows, *rest])


def _name(codec: str, qp: int) -> str:
    return f"{codec} QP {qp}"


def _published(metrics: Sequence[PaperMetric]) -> dict[str, list[list[str]]]:
    """The printed rows by the name of their reference."""
    rows: dict[str, list[list[str]]] = {}
    for row in table_a1():
        name, cells = _name("vvc", row.qp), [row.cells[metric.column] for metric in metrics]
        rows.setdefault(name, []).append([name, f"{row.name}, published", "", *cells])
    return rows


def _rows(name: str, reference: Reference, metrics: Sequence[PaperMetric]) -> list[list[str]]:
    original = reference.original
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
