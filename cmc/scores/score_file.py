"""`scores.csv` and `summary.csv`, the files that a researcher mails in: their writer, and the reader of the first."""

import csv
import io
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.core.bits import Rate
from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.core.tables import write_csv
from cmc.core.workspace import checked_name, content_type
from cmc.scores.summary import FR, NR, OVERALL, RATES, Cell
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED

# The metrics' columns stand between these two, the settings after the second.
BEFORE, AFTER = "mode", "status"
# The precision of the benchmark's scores.
EXACT = "torch.float32"
# Characters of a weight file's SHA-256 in the settings.
SHORT_HASH = 12


def notes(settings: Mapping[str, str], columns: Collection[str] | None = None) -> list[str]:
    """What weights say of themselves, of all metrics or of those in `columns`; the released ones say nothing."""
    by_column = {key.removesuffix("_note"): note for key, note in settings.items() if key.endswith("_note")}
    return sorted({note for column, note in by_column.items() if columns is None or column in columns})


def other_scale(settings: Mapping[str, str]) -> list[str]:
    """Why scores made with these settings are not the benchmark's; weights that say nothing are not looked at."""
    reasons = []
    if settings.get("fr_order") != "published":
        reasons.append(f"FR in the {settings.get('fr_order', 'unknown')} order")
    if settings.get("dtype") != EXACT:
        reasons.append(f"scored in {settings.get('dtype', 'unknown precision').removeprefix('torch.')}")
    if "compiled" in settings:
        reasons.append("scored by compiled networks")
    reasons += [f"its weights say: {note.rstrip('.')}" for note in notes(settings, (FR, NR))]
    return reasons


@dataclass(frozen=True)
class ScoreFile:
    """One target's scores, a `Score` an image and mode, and the settings (`fr_order`, `dtype`, …) that hold for all."""

    target: str
    scores: Sequence[Score]
    settings: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Names of the ground truths, sorted."""
        return sorted({score.name for score in self.scores})

    @property
    def lower_is_better(self) -> tuple[str, ...]:
        """The columns of which less is better."""
        return tuple(self.settings.get("lower_is_better", "").split())

    @property
    def modes(self) -> list[str]:
        """The modes that were scored, in the benchmark's order."""
        return [mode for mode in MODES if any(score.mode == mode for score in self.scores)]


def read_scores(path: Path) -> ScoreFile:
    """A target's `scores.csv`, under the name of its folder, which may be a copy or have another name than when it was
    scored. Raises CMCError when it is missing or not as `write_scores` writes it."""
    if not path.is_file():
        raise CMCError(f"no {path}; run script-evaluate.py --target {path.parent.name} first")
    try:
        file = parse_scores(path.read_bytes().decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise CMCError(f"{path} is not UTF-8 text ({error}); score the target again") from error
    target = path.absolute().parent.name
    return ScoreFile(target, [replace(score, target=target) for score in file.scores], file.settings)


def parse_scores(text: str, where: str) -> ScoreFile:
    """The content of a score file; `where` names it in errors (CMCError)."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise CMCError(f"{where} is no score file ({error}); score the target again") from error
    header = rows[0] if rows else []
    absent = [column for column in ("name", BEFORE, AFTER, "target") if column not in header]
    if absent or len(rows) < 2:
        raise CMCError(f"{where} is no score file ({', '.join(absent) or 'rows'} missing); score the target again")
    try:
        scores = [_score(dict(zip(header, row, strict=True)), header) for row in rows[1:]]
    except (ValueError, KeyError, CMCError) as error:
        raise CMCError(f"{where} has a wrong row ({error}); score the target again") from error
    first_setting = header.index(AFTER) + 1
    runs = {tuple(row[first_setting:]) for row in rows[1:]}
    pictures = {(score.name, score.mode) for score in scores}
    if len(runs) > 1 or len(pictures) < len(scores):
        raise CMCError(f"{where} mixes two runs or holds a picture twice; score the target again")
    settings = dict(zip(header[first_setting:], runs.pop(), strict=True))
    return ScoreFile(settings.pop("target"), scores, settings)


def _score(row: Mapping[str, str], header: Sequence[str]) -> Score:
    metrics = header[header.index(BEFORE) + 1 : header.index(AFTER)]
    scored = row[AFTER] == SCORED
    values = {metric: float(row[metric]) for metric in metrics} if scored else {}
    if row[BEFORE] not in MODES or not all(map(math.isfinite, values.values())):
        raise ValueError(f"{row['name']}: mode {row[BEFORE]!r}, scores {values}")
    return Score(checked_name(row["name"]), row["target"], row[BEFORE], values, row[AFTER], _rate(row))


def _rate(row: Mapping[str, str]) -> Rate | None:
    # Files of before rates were measured lack the columns.
    text, reference, total, bpp = (row.get(column, "") for column in RATES)
    return Rate(int(text), int(reference), int(total), float(bpp)) if total else None


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
