"""From pictures' scores to the benchmark's numbers, and the two files that a researcher mails in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

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
    there = {group for score in scores for group in groups(score.name)}
    kinds = [ALL, *CONTENT_TYPES, OTHER]
    contents = sorted(there, key=lambda group: (kinds.index(group.partition("/")[0]), group))
    modes = [mode for mode in MODES if any(score.mode == mode for score in scores)]
    cells = [
        _cell(mode, content, [one for one in scores if one.mode == mode and content in groups(one.name)])
        for mode in modes
        for content in contents
    ]
    return cells + [_overall([cell for cell in cells if cell.content == content]) for content in contents]


def _cell(mode: str, content: str, scores: Sequence[Score]) -> Cell:
    good = [score.values for score in scores if score.status == SCORED]
    means = {name: fmean(values[name] for values in good) for name in good[0]} if good else {}
    failed = sum(score.status.startswith(FAILED) for score in scores)
    return Cell(mode, content, means, len(good), len(scores), failed)


def _overall(cells: Sequence[Cell]) -> Cell:
    # A mode without any score would make this a mean over other modes than its neighbours'.
    whole = all(cell.means for cell in cells)
    means = {name: fmean(cell.means[name] for cell in cells) for name in cells[0].means} if whole else {}
    n, expected, failed = (sum(counts) for counts in zip(*((c.n, c.expected, c.failed) for c in cells), strict=True))
    return Cell(OVERALL, cells[0].content, means, n, expected, failed)


def write_scores(path: Path, scores: Sequence[Score], settings: Mapping[str, str]) -> None:
    """One row an image and mode, those without a score too; `settings` stand in every row."""
    metrics = _columns((one.values for one in scores), () if any(one.status == SCORED for one in scores) else (FR, NR))
    header = ["name", "content_type", "subtype", *RATES, "mode", *metrics, "status"]
    rows = (
        [
            one.name,
            *content_type(one.name),
            *_rate(one.rate),
            one.mode,
            *_numbers(map(one.values.get, metrics)),
            one.status,
        ]
        for one in scores
    )
    _write(path, header, rows, settings)


def write_summary(path: Path, cells: Sequence[Cell], settings: Mapping[str, str]) -> None:
    """One row a mode and content type; the column `overall` is filled where `mode` is Overall.

    `<metric>_low` and `<metric>_high` bound 95 % of the resampled means, where the cells have bounds.
    """
    scored = any(cell.n for cell in cells)
    metrics = _columns((cell.means for cell in cells), () if scored else (FR, NR))
    sets = _columns((cell.sets for cell in cells), ())
    bounded = _columns((cell.bounds for cell in cells), ())
    ends = [f"{name}_{end}" for name in bounded for end in ("low", "high")]
    header = ["mode", "content_type", *metrics, "overall", *sets, *ends, "n", "n_expected", "failed", "missing"]
    rows = (
        [
            cell.mode,
            cell.content,
            *_numbers([*map(cell.means.get, metrics), cell.overall if cell.mode == OVERALL else None]),
            *_numbers(map(cell.sets.get, sets)),
            *_numbers(end for name in bounded for end in cell.bounds.get(name, (None, None))),
            *(cell.n, cell.expected, cell.failed, cell.missing),
        ]
        for cell in cells
    )
    _write(path, header, rows, settings)


def _rate(rate: Rate | None) -> list[str]:
    """In the order of RATES; empty where nothing was measured."""
    return [str(rate.text), str(rate.reference), str(rate.total), f"{rate.bpp:.7g}"] if rate else [""] * len(RATES)


def _columns(values: Iterable[Mapping[str, Any]], without: Sequence[str]) -> list[str]:
    """Every metric that has a value somewhere, in order; `without` where none has."""
    return list(dict.fromkeys(name for found in values for name in found)) or list(without)


def _numbers(values: Iterable[float | None]) -> list[str]:
    return ["" if value is None else f"{value:.6f}" for value in values]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], settings: Mapping[str, str]) -> None:
    write_csv(path, [*header, *settings], ([*row, *settings.values()] for row in rows))
