"""From pictures' scores to the benchmark's numbers, and the two files that a researcher mails in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from cmc.core.modes import MODES
from cmc.core.workspace import ALL, CONTENT_TYPES, OTHER, groups
from cmc.metrics.base import FR, NR
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import FAILED, SCORED

OVERALL = "Overall"
# (content type or ALL, mode, metric): what a mean is of.
Key = tuple[str, str, str]
# What a picture cost, measured; they stand before the mode, outside the columns of the metrics.
RATES = ("bits_text", "bits_maps", "bits_reference", "bits_total", "bpp")
# Fewer modes are no valid submission, says the benchmark's README.
MODES_FOR_SUBMISSION = 2


@dataclass(frozen=True)
class Cell:
    """Mean scores of one mode (or OVERALL) and content type (or ALL), and over how many images.

    `means` is empty when no picture was scored; `counts`: over how many pictures the means are that are over fewer
    than n, of metrics that leave some out; `bounds` are the 95 % intervals of the means, and of "overall";
    `sets` what metrics of whole folders say. n scored + failed (recorded by the decoder) + missing (or
    unusable) = expected.
    """

    mode: str
    content: str
    means: Mapping[str, float]
    n: int
    expected: int
    failed: int
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    sets: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def count(self, metric: str) -> int:
        """How many pictures the mean of a metric is over."""
        return self.counts.get(metric, self.n if metric in self.means else 0)

    @property
    def missing(self) -> int:
        return self.expected - self.n - self.failed

    @property
    def overall(self) -> float | None:
        """The overall score of these means; None without both of the benchmark's."""
        return overall(self.means[FR], self.means[NR]) if {FR, NR} <= self.means.keys() else None


def overall(fr: float, nr: float) -> float:
    """(2 FR + NR) / 3 (CMC-Bench, section 4.1), of means over the modes."""
    return (2 * fr + nr) / 3


def summarise(scores: Sequence[Score]) -> list[Cell]:
    """Every mode of one target, then OVERALL, each first over ALL images, then by content type and subtype."""
    contents = _contents(scores)
    modes = [mode for mode in MODES if any(score.mode == mode for score in scores)]
    cells = [_cell(mode, content, scores) for mode in modes for content in contents]
    return cells + [_overall_cell([cell for cell in cells if cell.content == content]) for content in contents]


def _contents(scores: Sequence[Score]) -> list[str]:
    """ALL, then each content type there with its subtypes behind it."""
    kinds = [ALL, *CONTENT_TYPES, OTHER]
    contents = {content for score in scores for content in groups(score.name)}
    return sorted(contents, key=lambda content: (kinds.index(content.partition("/")[0]), content))


def _cell(mode: str, content: str, scores: Sequence[Score]) -> Cell:
    scores = [score for score in scores if score.mode == mode and content in groups(score.name)]
    rows = [score.values for score in scores if score.status == SCORED]
    columns: dict[str, list[float]] = {}
    for metric, value in (pair for values in rows for pair in values.items()):
        columns.setdefault(metric, []).append(value)
    means = {metric: fmean(values) for metric, values in columns.items()}
    counts = {metric: len(values) for metric, values in columns.items() if len(values) < len(rows)}
    failed = sum(score.status.startswith(FAILED) for score in scores)
    return Cell(mode, content, means, len(rows), len(scores), failed, counts=counts)


def _overall_cell(cells: Sequence[Cell]) -> Cell:
    # A mode without any score would make this a mean over other modes than its neighbours'.
    whole = [metric for metric in cells[0].means if all(metric in cell.means for cell in cells)]
    means = {metric: fmean(cell.means[metric] for cell in cells) for metric in whole}
    partial = [metric for metric in whole if any(metric in cell.counts for cell in cells)]
    counts = {metric: sum(cell.counts.get(metric, cell.n) for cell in cells) for metric in partial}
    n = sum(cell.n for cell in cells)
    expected = sum(cell.expected for cell in cells)
    failed = sum(cell.failed for cell in cells)
    return Cell(OVERALL, cells[0].content, means, n, expected, failed, counts=counts)
