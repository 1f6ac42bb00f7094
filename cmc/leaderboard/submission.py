"""One zip to mail in: a target's scores, their means, what made them, and checksums; and the check of such a zip."""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError, reason, some
from cmc.core.modes import MODES
from cmc.core.run_file import Document
from cmc.core.tables import decode, parse_csv
from cmc.scores.score_file import ScoreFile, parse_scores
from cmc.scores.summary import OVERALL, Cell, summarise

CHECKSUMS, SCORES, SUMMARY = "SHA256SUMS", "scores.csv", "summary.csv"
RUNS = {f"{mode}/run.json": mode for mode in MODES}
# Far more than 100,000 images in four modes take.
MAX_BYTES = 64 << 20
MAX_SCORES = 400_000
# Scores and means are both written with six decimals.
TOLERANCE = 1.01e-6


@dataclass(frozen=True)
class Submission:
    """A bundle that holds together: per-image scores, the means recomputed from them, `run.json` by mode."""

    scores: ScoreFile
    cells: list[Cell]
    runs: Mapping[str, Document]


def pack_submission(folder: Path) -> bytes:
    """The bundle of a target's folder: the same bytes for the same files. Raises CMCError if it would not verify."""
    missing = [name for name in (SCORES, SUMMARY) if not (folder / name).is_file()]
    if missing:
        raise CMCError(f"{folder} lacks {' and '.join(missing)}; run script-evaluate.py --target {folder.name} first")
    files = {name: (folder / name).read_bytes() for name in (*RUNS, SCORES, SUMMARY) if (folder / name).is_file()}
    checksums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    data = _zip({CHECKSUMS: checksums.encode(), **files})
    check_submission(data, f"the bundle of {folder}")
    return data


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
        cells = summarise(scores.scores)
        _check_summary(decode(files[SUMMARY], SUMMARY), cells, scores)
        runs = {mode: _read_run(files[name], name, mode) for name, mode in RUNS.items() if name in files}
    except (CMCError, UnicodeDecodeError) as error:
        # It may quote what a stranger wrote, to a terminal.
        printable = "".join(letter if letter.isprintable() else "?" for letter in reason(error))
        raise CMCError(f"{where} does not verify: {printable}") from error
    return Submission(scores, cells, runs)


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


def _check_summary(text: str, cells: list[Cell], scores: ScoreFile) -> None:
    records = parse_csv(text, SUMMARY, ("mode", "content_type"))
    rows = {(record["mode"], record["content_type"]): record.cells for record in records}
    if len(records) != len(cells) or rows.keys() != {(cell.mode, cell.content) for cell in cells}:
        raise CMCError(f"{SUMMARY} has other modes or content types than {SCORES}")
    settings = {"target": scores.target, **scores.settings}
    for cell in cells:
        row = rows[cell.mode, cell.content]
        for column, expected in (_numbers(cell) | settings).items():
            if not _same(row.get(column), expected):
                place = f"{cell.mode}, {cell.content}, {column}"
                raise CMCError(f"{SUMMARY} says {row.get(column)!r} ({place}) where {SCORES} gives {expected}")


def _numbers(cell: Cell) -> dict[str, float | int | None]:
    counts = {"n": cell.n, "n_expected": cell.expected, "failed": cell.failed, "missing": cell.missing}
    return {**cell.means, "overall": cell.overall if cell.mode == OVERALL else None, **counts}


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
