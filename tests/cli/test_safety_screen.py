"""`cmc screen`: flags and scores beside pictures, which stay as they are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cmc.__main__ import main
from cmc.core.tables import read_csv
from cmc.safety.checker import SafetyChecker
from cmc.safety.table import COLUMNS, read_safety
from tests.conftest import blur_all
from tests.tiny_safety import save_checker


@pytest.fixture(scope="module")
def checkers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One that flags all pictures, and one that flags none."""
    lax = save_checker(tmp_path_factory.mktemp("lax"))
    return {"lax": lax, "strict": save_checker(tmp_path_factory.mktemp("strict"), concept_4=-2.0, special_0=-2.0)}


@pytest.fixture
def root(space: Path) -> Path:
    blur_all(space, "real", {"full": 2, "text": 8})
    return space


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Image.Image]:
    """The pictures that a checker is asked about."""
    pictures: list[Image.Image] = []
    judge = SafetyChecker.judge
    monkeypatch.setattr(SafetyChecker, "judge", lambda self, image: pictures.append(image) or judge(self, image))
    return pictures


def screen(root: Path, checker: Path, *words: str) -> int:
    return main(["screen", *words, "--root", str(root), "--model_dir", str(checker), "--device", "cpu"])


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*.png")}


def test_every_folder_is_screened_and_counted(
    root: Path, checkers: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(root)
    assert screen(root, checkers["strict"]) == 0
    printed = capsys.readouterr().out
    lines = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.startswith(("GT", "Result"))}
    counts = ["5", "5", "100.0", "%", "5"]
    assert lines == {"GT": counts, "Result/real/full": counts, "Result/real/text": counts}
    assert "0.2 %" in printed
    assert contents(root) == before
    rows = read_csv(root / "Result/real/full/safety.csv", COLUMNS)
    assert [row["name"] for row in rows] == sorted(path.name for path in (root / "GT").glob("*.png"))
    assert {(row["flagged"], row["special_care"], row["status"]) for row in rows} == {("yes", "yes", "ok")}
    assert all(float(row["concept_4"]) > 0 > float(row["concept_5"]) for row in rows)


def test_only_what_changed_is_asked_anew(root: Path, checkers: dict[str, Path], judged: list[Image.Image]) -> None:
    folder = root / "Result/real/full"
    assert screen(root, checkers["lax"], str(folder)) == 0
    assert len(judged) == 5
    table = (folder / "safety.csv").read_bytes()
    assert screen(root, checkers["lax"], "Result/real/full") == 0
    assert len(judged) == 5
    assert (folder / "safety.csv").read_bytes() == table
    (folder / "other.png").write_bytes((folder / "AIGI_MJ_003.png").read_bytes())
    (folder / "NSI_pgc_000.png").unlink()
    assert screen(root, checkers["lax"], str(folder)) == 0
    assert len(judged) == 6
    rows = read_safety(folder)
    assert rows.keys() == {"AIGI_MJ_003", "NSI_ugc_001", "SCI_screen_002", "other"}
    assert rows["other"].verdict == rows["AIGI_MJ_003"].verdict
    assert screen(root, checkers["strict"], str(folder)) == 0
    assert len(judged) == 10
    assert all(row.flagged for row in read_safety(folder).values())
    assert screen(root, checkers["strict"], str(folder), "--overwrite") == 0
    assert len(judged) == 14


def test_a_run_that_is_stopped_goes_on(
    root: Path, checkers: dict[str, Path], monkeypatch: pytest.MonkeyPatch, judged: list[Image.Image]
) -> None:
    judge: Callable[..., object] = SafetyChecker.judge

    def stop_at_the_third(self: SafetyChecker, image: Image.Image) -> object:
        if len(judged) == 2:
            raise KeyboardInterrupt
        return judge(self, image)

    with monkeypatch.context() as patch:
        patch.setattr(SafetyChecker, "judge", stop_at_the_third)
        assert screen(root, checkers["lax"], "GT") == 130
    assert len(read_safety(root / "GT")) == 2
    assert screen(root, checkers["lax"], "GT") == 0
    assert len(judged) == 5


def test_what_cannot_be_read_fails_alone(
    root: Path, checkers: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "GT/other.png").write_bytes(b"rubbish")
    assert screen(root, checkers["lax"], "GT") == 1
    assert "GT/other.png: unusable: " in capsys.readouterr().out
    row = read_safety(root / "GT")["other"]
    assert row.verdict is None
    assert not row.flagged
    Image.new("RGB", (32, 32)).save(root / "GT/other.png")
    assert screen(root, checkers["lax"], "GT") == 0


def test_a_folder_without_pictures_is_refused(
    root: Path, checkers: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert screen(root, checkers["lax"], "Text") == 2
    assert "expected a folder of pictures" in capsys.readouterr().err
