"""From pictures' scores to the benchmark's numbers, and the two files that a researcher mails in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from cmc.core.bits import Rate
from cmc.core.modes import MODES
from cmc.core.tables import write_csv
from cmc.core.workspace import ALL, CONTENT_TYPES, OTHER, content_type, groups
from cmc.metrics.base import FR, NR
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import FAILED, SCORED

OVERALL = "Overall"
# (content type or ALL, mode, metric): what a mean is of.
Key = tuple[str, str, str]
# What a picture cost, measured; they stand before the mode, outside the columns of the metrics.
RATES = ("bits_text", "bits_reference", "bits_total", "bpp")
# Fewer modes are no valid submission, says the benchmark's README.
MODES_FOR_SUBMISSION = 2


@dataclass(frozen=True)
class Cell:
    """Mean scores of one mode (or OVERALL) and content type (or ALL), and over how many images.

    `means` is empty when no picture was scored; `bounds` are the 95 % intervals of the means, and of "overall";
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
    values = [score.values for score in scores if score.status == SCORED]
    means = {metric: fmean(picture[metric] for picture in values) for metric in values[0]} if values else {}
    failed = sum(score.status.startswith(FAILED) for score in scores)
    return Cell(mode, content, means, len(values), len(scores), failed)


def _overall_cell(cells: Sequence[Cell]) -> Cell:
    # A mode without any score would make this a mean over other modes than its neighbours'.
    whole = all(cell.means for cell in cells)
    means = {metric: fmean(cell.means[metric] for cell in cells) for metric in cells[0].means} if whole else {}
    n = sum(cell.n for cell in cells)
    expected = sum(cell.expected for cell in cells)
    failed = sum(cell.failed for cell in cells)
    return Cell(OVERALL, cells[0].content, means, n, expected, failed)


def write_scores(path: Path, scores: Sequence[Score], settings: Mapping[str, str]) -> None:
    """One row an image and mode, those without a score too; `settings` stand in every row."""
    scored = any(score.status == SCORED for score in scores)
    metrics = _columns((score.values for score in scores), () if scored else (FR, NR))
    header = ["name", "content_type", "subtype", *RATES, "mode", *metrics, "status"]
    _write(path, header, [_score_row(score, metrics) for score in scores], settings)


def _score_row(score: Score, metrics: Sequence[str]) -> list[str]:
    kind, subtype = content_type(score.name)
    values = _numbers(score.values.get(metric) for metric in metrics)
    return [score.name, kind, subtype, *_rate_cells(score.rate), score.mode, *values, score.status]


def write_summary(path: Path, cells: Sequence[Cell], settings: Mapping[str, str]) -> None:
    """One row a mode and content type; the column `overall` is filled where `mode` is Overall.

    `<metric>_low` and `<metric>_high` bound 95 % of the resampled means, where the cells have bounds.
    """
    scored = any(cell.n for cell in cells)
    metrics = _columns((cell.means for cell in cells), () if scored else (FR, NR))
    sets = _columns((cell.sets for cell in cells), ())
    bounded = _columns((cell.bounds for cell in cells), ())
    ends = [f"{column}_{end}" for column in bounded for end in ("low", "high")]
    header = ["mode", "content_type", *metrics, "overall", *sets, *ends, "n", "n_expected", "failed", "missing"]
    _write(path, header, [_summary_row(cell, metrics, sets, bounded) for cell in cells], settings)


def _summary_row(cell: Cell, metrics: Sequence[str], sets: Sequence[str], bounded: Sequence[str]) -> list[object]:
    values = [cell.means.get(metric) for metric in metrics]
    values.append(cell.overall if cell.mode == OVERALL else None)
    values.extend(cell.sets.get(column) for column in sets)
    for column in bounded:
        values.extend(cell.bounds.get(column, (None, None)))
    return [cell.mode, cell.content, *_numbers(values), cell.n, cell.expected, cell.failed, cell.missing]


def _rate_cells(rate: Rate | None) -> list[str]:
    """In the order of RATES; empty where nothing was measured."""
    return [str(rate.text), str(rate.reference), str(rate.total), f"{rate.bpp:.7g}"] if rate else [""] * len(RATES)


def _columns(rows: Iterable[Mapping[str, object]], default: Sequence[str]) -> list[str]:
    """Every column that has a value in some row, in order; `default` where none has."""
    return list(dict.fromkeys(column for row in rows for column in row)) or list(default)


def _numbers(values: Iterable[float | None]) -> list[str]:
    return ["" if value is None else f"{value:.6f}" for value in values]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], settings: Mapping[str, str]) -> None:
    write_csv(path, [*header, *settings], ([*row, *settings.values()] for row in rows))
