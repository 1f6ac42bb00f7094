"""`scores.csv` and `summary.csv`, the files that a researcher mails in: their writer, and the reader of the first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.core.bits import STATED, Rate
from cmc.core.errors import CMCError, reason
from cmc.core.modes import MODES
from cmc.core.tables import Record, decode, number, parse_csv, write_csv
from cmc.core.workspace import content_type, name_in
from cmc.scores.summary import FR, NR, OVERALL, RATES, Cell
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED

# The metrics' columns stand between these two, the settings after the second.
BEFORE, AFTER = "mode", "status"
# What was scored; like the rates, they stand before the mode.
DIGESTS = ("gt_digest", "picture_digest")
# Whose word the rates are; a column where some were not measured.
RATE_SOURCE = "rate_source"
# What is behind a metric's name in the setting that says which pictures it leaves out.
LEFT_OUT = "_leaves_out"
# The precision of the benchmark's scores.
EXACT = "torch.float32"
# Characters of a weight file's SHA-256 in the settings.
SHORT_HASH = 12


def notes(settings: Mapping[str, str], columns: Collection[str] | None = None) -> list[str]:
    """What weights say of themselves, of all metrics or of those in `columns`; the released ones say nothing."""
    by_column = {key.removesuffix("_note"): note for key, note in settings.items() if key.endswith("_note")}
    return sorted({note for column, note in by_column.items() if columns is None or column in columns})


def leaves_out(settings: Mapping[str, str]) -> dict[str, str]:
    """Which pictures have no score, in words, by the column of a metric that leaves some out."""
    return {key.removesuffix(LEFT_OUT): words for key, words in settings.items() if key.endswith(LEFT_OUT)}


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


def check_alike(files: Sequence["ScoreFile"], but: Collection[str] = ()) -> None:
    """Raises CMCError where two files were scored with different settings, other than those named in `but`; what only
    some of them state is no difference."""
    stated: dict[str, ScoreFile] = {}
    for file in files:
        firsts = {key: stated.setdefault(key, file) for key in file.settings if key not in but}
        different = [key for key, first in firsts.items() if first.settings[key] != file.settings[key]]
        if different:
            first = firsts[different[0]]
            raise CMCError(
                f"{file.target} and {first.target} were scored with other {', '.join(different)}; score them alike"
            )


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

    @property
    def stated_modes(self) -> list[str]:
        """Those with a rate that was not measured, but is stated by the pictures' author."""
        return [mode for mode in self.modes if any(s.mode == mode and s.rate and s.rate.stated for s in self.scores)]


def read_scores(path: Path) -> ScoreFile:
    """A target's `scores.csv`, under the name of its folder, which may be a copy or have another name than when it was
    scored. Raises CMCError when it is missing or not as `write_scores` writes it."""
    if not path.is_file():
        raise CMCError(f"no {path}; run script-evaluate.py --target {path.parent.name} first")
    file = parse_scores(decode(path.read_bytes(), str(path)), str(path))
    target = path.absolute().parent.name
    return ScoreFile(target, [replace(score, target=target) for score in file.scores], file.settings)


def parse_scores(text: str, where: str) -> ScoreFile:
    """The content of a score file; `where` names it in errors (CMCError)."""
    try:
        records = parse_csv(text, where, ("name", BEFORE, AFTER, "target"))
        scores = [_score(record) for record in records]
    except CMCError as error:
        raise CMCError(f"{error}; score the target again") from error
    header = list(records[0].cells)
    columns = header[header.index(AFTER) + 1 :]
    if "target" not in columns:
        raise CMCError(f"{where} has the target before {AFTER}, not as the evaluator writes it; score the target again")
    runs = {tuple(record[column] for column in columns) for record in records}
    pictures = {(score.name, score.mode) for score in scores}
    if len(runs) > 1 or len(pictures) < len(scores):
        raise CMCError(f"{where} mixes two runs or holds a picture twice; score the target again")
    settings = dict(zip(columns, runs.pop(), strict=True))
    return ScoreFile(settings.pop("target"), scores, settings)


def _score(record: Record) -> Score:
    """A row's score. Raises CMCError, with the line, for what `write_scores` does not write."""
    header = list(record.cells)
    metrics = header[header.index(BEFORE) + 1 : header.index(AFTER)]
    try:
        rate = _rate(record.cells)
    except ValueError as error:
        raise CMCError(f"{record.place}: {reason(error)}") from error
    if record[BEFORE] not in MODES:
        raise CMCError(f"{record.place}: no mode is called {reason(repr(record[BEFORE]), 40)}")
    may_lack = leaves_out(record.cells)
    given = [metric for metric in metrics if record[metric] or metric not in may_lack]
    values = {metric: number(record, metric) for metric in given} if record[AFTER] == SCORED else {}
    digests = {column: record.cells.get(column, "") for column in DIGESTS}
    return Score(name_in(record), record["target"], record[BEFORE], values, record[AFTER], rate, **digests)


def _rate(row: Mapping[str, str]) -> Rate | None:
    # Files of before rates were measured lack the columns, those of before maps were sent that of maps.
    text, maps, reference, total, bpp = (row.get(column, "") for column in RATES)
    if not total:
        return None
    source = row.get(RATE_SOURCE, "")
    if source not in ("", STATED):
        raise ValueError(f"{RATE_SOURCE} is {source!r}, expected nothing or {STATED!r}")
    return Rate(int(text), int(reference), int(total), float(bpp), int(maps or 0), source == STATED)


def write_scores(path: Path, scores: Sequence[Score], settings: Mapping[str, str]) -> None:
    """One row an image and mode, those without a score too; `settings` stand in every row."""
    scored = any(score.status == SCORED for score in scores)
    metrics = _columns((score.values for score in scores), () if scored else (FR, NR))
    metrics += [column for column in leaves_out(settings) if column not in metrics]
    sources = [RATE_SOURCE] if any(score.rate and score.rate.stated for score in scores) else []
    header = ["name", "content_type", "subtype", *RATES, *sources, *DIGESTS, "mode", *metrics, "status"]
    _write(path, header, [_score_row(score, metrics, bool(sources)) for score in scores], settings)


def _score_row(score: Score, metrics: Sequence[str], sourced: bool) -> list[str]:
    kind, subtype = content_type(score.name)
    values = _numbers(score.values.get(metric) for metric in metrics)
    digests = (score.gt_digest, score.picture_digest)
    source = [STATED if score.rate and score.rate.stated else ""] if sourced else []
    return [score.name, kind, subtype, *_rate_cells(score.rate), *source, *digests, score.mode, *values, score.status]


def write_summary(path: Path, cells: Sequence[Cell], settings: Mapping[str, str]) -> None:
    """One row a mode and content type; the column `overall` is filled where `mode` is Overall.

    `<metric>_low` and `<metric>_high` bound 95 % of the resampled means, where the cells have bounds; `<metric>_n`:
    over how many pictures the means of a metric are that leaves some out.
    """
    scored = any(cell.n for cell in cells)
    metrics = _columns((cell.means for cell in cells), () if scored else (FR, NR))
    sets = _columns((cell.sets for cell in cells), ())
    bounded = _columns((cell.bounds for cell in cells), ())
    counted = _columns((cell.counts for cell in cells), ())
    ends = [f"{column}_{end}" for column in bounded for end in ("low", "high")]
    ends += [f"{column}_n" for column in counted]
    header = ["mode", "content_type", *metrics, "overall", *sets, *ends, "n", "n_expected", "failed", "missing"]
    _write(path, header, [_summary_row(cell, metrics, sets, bounded, counted) for cell in cells], settings)


def _summary_row(
    cell: Cell, metrics: Sequence[str], sets: Sequence[str], bounded: Sequence[str], counted: Sequence[str]
) -> list[object]:
    values = [cell.means.get(metric) for metric in metrics]
    values.append(cell.overall if cell.mode == OVERALL else None)
    values.extend(cell.sets.get(column) for column in sets)
    for column in bounded:
        values.extend(cell.bounds.get(column, (None, None)))
    counts = [cell.count(column) for column in counted]
    return [cell.mode, cell.content, *_numbers(values), *counts, cell.n, cell.expected, cell.failed, cell.missing]


def _rate_cells(rate: Rate | None) -> list[str]:
    """In the order of RATES; empty where nothing was measured."""
    if rate is None:
        return [""] * len(RATES)
    return [str(rate.text), str(rate.maps), str(rate.reference), str(rate.total), f"{rate.bpp:.7g}"]


def _columns(rows: Iterable[Mapping[str, object]], default: Sequence[str]) -> list[str]:
    """Every column that has a value in some row, in order; `default` where none has."""
    return list(dict.fromkeys(column for row in rows for column in row)) or list(default)


def _numbers(values: Iterable[float | None]) -> list[str]:
    return ["" if value is None else f"{value:.6f}" for value in values]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], settings: Mapping[str, str]) -> None:
    write_csv(path, [*header, *settings], ([*row, *settings.values()] for row in rows))
