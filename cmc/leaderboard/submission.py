"""One zip to mail in: a target's scores, their means, what made them, and checksums; and the check of such a zip."""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError, reason, some
from cmc.core.modes import MODES
from cmc.core.run_file import Document
from cmc.core.tables import decode, format_csv, parse_csv
from cmc.leaderboard.bundle_rates import check_rates
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import ScoreFile, parse_scores
from cmc.scores.summary import OVERALL, Cell, summarise

CHECKSUMS, SCORES, SUMMARY = "SHA256SUMS", "scores.csv", "summary.csv"
RUNS = {f"{mode}/run.json": mode for mode in MODES}
# Far more than 100,000 images in four modes take.
MAX_BYTES = 64 << 20
MAX_SCORES = 400_000
# Images, and images times means, whose resamples fit into some hundred MB.
MAX_RESAMPLED, MAX_RESAMPLED_MEANS = 20_000, 5_000_000
# Scores and means are both written with six decimals.
TOLERANCE = 1.01e-6


@dataclass(frozen=True)
class Submission:
    """A bundle that holds together: per-image scores, the means and intervals recomputed from them, `run.json` by mode;
    columns: the summary's; unchecked: those of them that do not follow from scores."""

    scores: ScoreFile
    cells: list[Cell]
    runs: Mapping[str, Document]
    columns: Sequence[str]
    unchecked: Sequence[str]

    @property
    def has_intervals(self) -> bool:
        """Whether the summary bounds its means, as those of before intervals did not."""
        return any(column.endswith("_low") for column in self.columns if column not in self.unchecked)


def pack_submission(folder: Path) -> bytes:
    """The bundle of a target's folder: the same bytes for the same files. Raises CMCError if it would not verify."""
    missing = [name for name in (SCORES, SUMMARY) if not (folder / name).is_file()]
    if missing:
        raise CMCError(f"{folder} lacks {' and '.join(missing)}; run script-evaluate.py --target {folder.name} first")
    files = {name: (folder / name).read_bytes() for name in (*RUNS, SCORES, SUMMARY) if (folder / name).is_file()}
    for name in (SCORES, SUMMARY):
        files[name] = _of_target(files[name], folder.name)
    checksums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    data = _zip({CHECKSUMS: checksums.encode(), **files})
    check_submission(data, f"the bundle of {folder}")
    return data


def _of_target(data: bytes, target: str) -> bytes:
    """A table of a target's folder under the folder's name, whatever it was called when it was scored."""
    try:
        records = parse_csv(decode(data, target), target, ("target",))
    except CMCError:
        return data  # the check that follows says what is wrong
    if {record["target"] for record in records} == {target}:
        return data
    header = list(records[0].cells)
    renamed = [list((dict(record.cells) | {"target": target}).values()) for record in records]
    return format_csv(header, renamed).encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    """The same bytes for the same files, whenever and wherever."""
    buffer = io.BytesIO()
    # Stored, since compressed bytes differ from one zlib to the next.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def verify_submission(path: Path) -> Submission:
    """Check a zip that anyone may have made, without unpacking it to disk. Raises CMCError that says what is wrong."""
    if not path.is_file():
        raise CMCError(f"no file {path}; make one with cmc bundle TARGET")
    if path.stat().st_size > MAX_BYTES:
        raise CMCError(f"{path} has {path.stat().st_size:,} bytes, over {MAX_BYTES:,}; that is no bundle")
    return check_submission(path.read_bytes(), str(path))


def check_submission(data: bytes, where: str) -> Submission:
    """As `verify_submission`, of a zip's bytes; `where` names it in errors."""
    try:
        files = _unzip(data)
        _check_checksums(files)
        scores = _read_scores(files[SCORES])
        check_rates(scores.scores)
        cells = summarise(scores.scores)
        images = len(scores.names)
        if images <= MAX_RESAMPLED and images * len(cells) <= MAX_RESAMPLED_MEANS:
            cells = with_intervals(cells, scores.scores)
        columns, unchecked = _check_summary(decode(files[SUMMARY], SUMMARY), cells, scores)
        runs = {mode: _read_run(files[name], name, mode) for name, mode in RUNS.items() if name in files}
    except (CMCError, UnicodeDecodeError) as error:
        # It may quote what a stranger wrote, to a terminal.
        printable = "".join(letter if letter.isprintable() else "?" for letter in reason(error))
        raise CMCError(f"{where} does not verify: {printable}") from error
    return Submission(scores, cells, runs, columns, unchecked)


def _read_scores(data: bytes) -> ScoreFile:
    scores = parse_scores(decode(data, SCORES), SCORES)
    if len(scores.scores) > MAX_SCORES:
        raise CMCError(f"{SCORES} has {len(scores.scores):,} rows, over {MAX_SCORES:,}")
    if not "".join([scores.target, *scores.settings, *scores.settings.values()]).isprintable():
        raise CMCError(f"{SCORES} has unprintable settings")
    return scores


def _unzip(data: bytes) -> dict[str, bytes]:
    """Files by name, if these are a bundle's and nothing else; sizes are checked before a byte is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            strange = [name for name in names if name not in (CHECKSUMS, SCORES, SUMMARY, *RUNS)]
            if strange or len(set(names)) < len(names):
                raise CMCError(f"it holds {some(map(repr, strange), 3) or 'a file twice'}, which no bundle does")
            absent = [name for name in (CHECKSUMS, SCORES, SUMMARY) if name not in names]
            if absent:
                raise CMCError(f"it lacks {' and '.join(absent)}")
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise CMCError(f"it unpacks to over {MAX_BYTES:,} bytes")
            return {entry.filename: archive.read(entry) for entry in entries}
    except CMCError:
        raise
    except Exception as error:  # zipfile and its decompressors raise many kinds on rubbish
        raise CMCError(f"it is no readable zip ({type(error).__name__}: {error})") from error


def _check_checksums(files: Mapping[str, bytes]) -> None:
    lines = [line.split("  ", 1) for line in files[CHECKSUMS].decode().splitlines()]
    listed = {line[1]: line[0] for line in lines if len(line) == 2}
    actual = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != CHECKSUMS}
    wrong = sorted(name for name in listed.keys() | actual.keys() if listed.get(name) != actual.get(name))
    if wrong:
        raise CMCError(f"{CHECKSUMS} does not match {', '.join(map(repr, wrong))}")


def _check_summary(text: str, cells: list[Cell], scores: ScoreFile) -> tuple[list[str], list[str]]:
    """Recompute what follows from the scores. (all columns, those that do not follow). Raises CMCError for another
    number."""
    records = parse_csv(text, SUMMARY, ("mode", "content_type"))
    rows = {(record["mode"], record["content_type"]): record.cells for record in records}
    if len(records) != len(cells) or rows.keys() != {(cell.mode, cell.content) for cell in cells}:
        raise CMCError(f"{SUMMARY} has other modes or content types than {SCORES}")
    settings = {"target": scores.target, **scores.settings}
    columns = list(records[0].cells)
    # Summaries of before intervals have no columns for them.
    optional = {f"{column}_{end}" for cell in cells for column in cell.bounds for end in ("low", "high")}
    absent = optional if optional.isdisjoint(columns) else set()
    expected = {(cell.mode, cell.content): _numbers(cell, cells) | settings for cell in cells}
    for place, numbers in expected.items():
        for column, number in numbers.items():
            written = rows[place].get(column)
            if column not in absent and not _same(written, number):
                where = f"{', '.join(place)}, {column}"
                raise CMCError(f"{SUMMARY} says {written!r} ({where}) where {SCORES} gives {number}")
    known = {"mode", "content_type", *next(iter(expected.values()))}
    return columns, [column for column in columns if column not in known]


def _numbers(cell: Cell, cells: list[Cell]) -> dict[str, float | int | None]:
    """What a row must say by column; None where it must say nothing."""
    numbers: dict[str, float | int | None] = {metric: cell.means.get(metric) for each in cells for metric in each.means}
    numbers["overall"] = cell.overall if cell.mode == OVERALL else None
    for column in dict.fromkeys(column for each in cells for column in each.bounds):
        bounds = cell.bounds.get(column, (None, None))
        numbers |= {f"{column}_low": bounds[0], f"{column}_high": bounds[1]}
    counted = dict.fromkeys(column for each in cells for column in each.counts)
    numbers |= {f"{column}_n": cell.count(column) for column in counted}
    return numbers | {"n": cell.n, "n_expected": cell.expected, "failed": cell.failed, "missing": cell.missing}


def _same(written: str | None, expected: object) -> bool:
    if not isinstance(expected, float):
        return written == ("" if expected is None else str(expected))
    try:
        return math.isclose(float(written or "nan"), expected, rel_tol=0, abs_tol=TOLERANCE)
    except ValueError:
        return False


def _read_run(data: bytes, name: str, mode: str) -> Document:
    try:
        document = dict(json.loads(data))
        settings = dict(document.get("settings", {}))
    except (ValueError, TypeError, RecursionError) as error:
        raise CMCError(f"{name} is no run file ({type(error).__name__})") from error
    if settings.get("mode", mode) != mode:
        raise CMCError(f"{name} is of the mode {settings['mode']!r}")
    return document
