import csv
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cmc.cli.bundle import main as bundle
from cmc.cli.verify import main as verify_cli
from cmc.core.errors import CMCError
from cmc.leaderboard.submission import CHECKSUMS, SCORES, SUMMARY, check_submission, pack_submission, verify_submission
from cmc.scores.summary import ALL, OVERALL
from cmc.stages.evaluate import Score
from tests.scored import benchmark_names, drawn, run, save_scores

MEANS = {"full": (2.55, 2.2), "text": (1.78, 3.6)}
NAMES = benchmark_names({"NSI": 7, "SCI": 5, "AIGI": 3})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scored target with run files and one lost picture."""
    scores = drawn("mine", NAMES, MEANS)
    scores[3] = Score(scores[3].name, "mine", scores[3].mode, {}, "failed: the picture came out all black")
    made = save_scores(tmp_path, scores)
    for mode in MEANS:
        (made / mode).mkdir()
        (made / mode / "run.json").write_text(json.dumps(run(mode, "0" * 64)), encoding="utf-8")
    return made


def _files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _signed(files: dict[str, bytes]) -> bytes:
    """A zip whose checksums are right, whatever else is wrong."""
    named = {name: data for name, data in files.items() if name != CHECKSUMS}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in named.items())
    return _zip({CHECKSUMS: sums.encode(), **named})


def test_a_bundle_verifies_and_has_the_same_bytes_each_time(folder: Path) -> None:
    data = pack_submission(folder)
    made = check_submission(data, "x.zip")
    assert made.scores.target == "mine"
    assert made.runs["full"]["settings"]["steps"] == 40
    whole = next(cell for cell in made.cells if (cell.mode, cell.content) == (OVERALL, ALL))
    assert (whole.n, whole.failed) == (29, 1)
    for path in folder.rglob("*.*"):
        path.touch()
    assert pack_submission(folder) == data


def test_sha256sum_reads_the_checksums(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(pack_submission(folder))) as archive:
        archive.extractall(tmp_path / "out")
    subprocess.run(["sha256sum", "--strict", "-c", CHECKSUMS], cwd=tmp_path / "out", check=True, capture_output=True)


def test_a_bundle_zipped_again_by_another_tool_verifies(folder: Path) -> None:
    assert (
        check_submission(_zip(dict(reversed(_files(pack_submission(folder)).items()))), "x.zip").scores.target == "mine"
    )


def _edit(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: files | {name: change(files[name])}


def _better_mean(data: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(data.decode())))
    rows[1][2] = f"{float(rows[1][2]) + 0.00001:.6f}"
    return "\n".join(map(",".join, rows)).encode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_edit(SUMMARY, _better_mean), "where scores.csv gives"),
        (_edit(SUMMARY, lambda data: data.replace(b"published", b"standard")), "'standard'"),
        (_edit(SUMMARY, lambda data: data.replace(b",14,15,", b",15,15,")), "where scores.csv gives 14"),
        (_edit(SUMMARY, lambda data: b"\n".join(data.splitlines()[:-1])), "other modes or content types"),
        (_edit(SCORES, lambda data: b"\n".join(data.splitlines()[:-1])), "says"),
        (_edit(SCORES, lambda data: data.replace(b"NSI_pgc_000", b"../../x")), "is not a plain file name"),
        (_edit(SCORES, lambda data: b"\xff\xfe" + data), "it is UTF-16"),
        (_edit(SCORES, lambda data: b"PNG\r\n"), "lacks the column name"),
        (_edit(SCORES, lambda data: data.replace(b"float32", b"float\x1b[2J")), "unprintable"),
        (_edit("full/run.json", lambda data: b"[" * 100_000), "no run file"),
        (_edit("full/run.json", lambda data: data.replace(b'"full"', b'"text"')), "of the mode 'text'"),
        (lambda files: files | {"../evil.csv": b""}, "'../evil.csv'"),
        (lambda files: files | {"/etc/passwd": b""}, "'/etc/passwd'"),
        (lambda files: files | {f"{i}.csv": b"" for i in range(20_000)}, "and 19997 more"),
        (lambda files: files | {SCORES: bytes(65 << 20)}, "unpacks to over"),
        (lambda files: {name: data for name, data in files.items() if name != SUMMARY}, "lacks summary.csv"),
    ],
    ids=range(16),
)
def test_what_is_wrong_is_said_in_one_line(
    folder: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]], why: str
) -> None:
    with pytest.raises(CMCError, match="does not verify") as stop:
        check_submission(_signed(change(_files(pack_submission(folder)))), "x.zip")
    assert why in str(stop.value)
    assert str(stop.value).isprintable()


def test_other_bytes_than_the_checksums_say(folder: Path) -> None:
    files = _files(pack_submission(folder))
    with pytest.raises(CMCError, match=r"SHA256SUMS does not match 'scores\.csv'"):
        check_submission(_zip(files | {SCORES: files[SCORES] + b"\n"}), "x.zip")


def test_damaged_and_lying_zips(folder: Path, tmp_path: Path) -> None:
    data = pack_submission(folder)
    # A byte of a stored file turned over: zip's own checksum sees it.
    place = data.index(b"name,content_type")
    for broken in (b"", b"rubbish", data[:-40], data[:place] + b"N" + data[place + 1 :]):
        with pytest.raises(CMCError, match="no readable zip"):
            check_submission(broken, "x.zip")
    # The directory declares few bytes, the file inflates to many.
    bomb = _signed(_files(data) | {SCORES: bytes(65 << 20)})
    size = (65 << 20).to_bytes(4, "little")
    with pytest.raises(CMCError, match="does not verify"):
        check_submission(bomb.replace(size, (100).to_bytes(4, "little")), "x.zip")
    twice = tmp_path / "twice.zip"
    twice.write_bytes(data)
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SCORES, b"name\n")
    with pytest.raises(CMCError, match="a file twice"):
        verify_submission(twice)


def test_commands(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bundle(["mine", "--root", str(tmp_path)]) == 0
    made = folder / "mine.zip"
    assert verify_cli([str(made)]) == 0
    out = capsys.readouterr().out
    assert "mine.zip verifies" in out
    assert "without a score: 1 failed" in out
    (folder / SUMMARY).write_text((folder / SUMMARY).read_text().replace("Overall,all,", "Overall,all,1"))
    assert bundle(["mine", "--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert verify_cli([str(tmp_path / "none.zip")]) == 2
    (folder / SUMMARY).unlink()
    assert bundle(["mine", "--root", str(tmp_path)]) == 2
    assert "run script-evaluate.py --target mine first" in capsys.readouterr().err
