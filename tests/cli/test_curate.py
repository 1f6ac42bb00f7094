"""`cmc curate`: candidates measured and chosen, looked at, and copied."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from cmc.__main__ import main
from cmc.core.ground_truth import list_ground_truth
from cmc.core.run_file import read_run
from cmc.core.tables import Record, read_csv, write_csv
from cmc.curation.candidates_table import COLUMNS
from tests.conftest import photo
from tests.new_names import new_names

BRIGHTNESS = """
import numpy as np
from cmc.metrics.base import Metric
from cmc.registry import METRICS

class Brightness(Metric):
    full_reference = False
    identity = {"metric": "brightness"}

    def score(self, pictures, gt):
        if pictures[0].shape[0] == 90:
            raise ValueError("no picture of 90 lines")
        return [float(picture.mean()) for picture in pictures]

@METRICS.register("brightness", full_reference=False, higher_is_better=True, range=(0, 255))
def brightness(weights, device, dtype, **options):
    return Brightness()
"""
PGC = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg")


@pytest.fixture(autouse=True)
def names() -> Iterator[None]:
    with new_names():
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Photographs to choose from, one of them once more and smaller, and one that is no picture."""
    for name in PGC:
        (tmp_path / "clic").mkdir(exist_ok=True)
        photo(name).resize((150, 100)).save(tmp_path / "clic" / f"{Path(name).stem}.png")
    (tmp_path / "games").mkdir()
    on_its_side = Image.Exif()
    on_its_side[ExifTags.Base.Orientation] = 6
    photo("page.png").resize((160, 80)).save(tmp_path / "games" / "page.jpg", quality=60, exif=on_its_side)
    photo("coffee.png").resize((75, 50)).save(tmp_path / "games" / "coffee.png")
    (tmp_path / "brightness.py").write_text(BRIGHTNESS, encoding="utf-8")
    return tmp_path


def curate(root: Path, *words: str, games: int = 1) -> int:
    groups = [f"NSI/pgc={root}/clic", f"SCI/game={root}/games"]
    counts = ["NSI/pgc=3", f"SCI/game={games}"]
    return main(["curate", "--root", str(root), "--from", *groups, "--count", *counts, *words])


def table(root: Path) -> dict[str, Record]:
    return {row["file"]: row for row in read_csv(root / "Curation/candidates.csv", COLUMNS)}


def veto(root: Path, file: str, reason: str) -> None:
    """As a person does in the table."""
    rows = list(table(root).values())
    header = list(rows[0].cells)
    cells = [[reason if row["file"] == file and column == "veto" else row[column] for column in header] for row in rows]
    write_csv(root / "Curation/candidates.csv", header, cells)


def chosen(root: Path) -> dict[str, str]:
    return {row["name"]: row["file"] for row in table(root).values() if row["name"]}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.startswith(".")}


def test_from_candidates_to_ground_truth(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = contents(root / "clic") | contents(root / "games")
    assert curate(root) == 0
    assert "NSI/pgc: 3 of 3 wanted, from 5 candidates\n    2 not drawn" in capsys.readouterr().out
    assert not (root / "GT").exists()
    first, rows = chosen(root), table(root)
    assert [*first] == ["NSI_pgc_000.png", "NSI_pgc_001.png", "NSI_pgc_002.png", "SCI_game_000.png"]
    assert rows["games/coffee.png"]["reason"].startswith("near-duplicate: of clic/coffee.png")
    assert (rows["games/page.jpg"]["jpeg_quality"], rows["games/page.jpg"]["width"]) == ("60", "80")
    for group in ("NSI-pgc", "SCI-game"):
        with Image.open(root / f"Curation/sheet-{group}-1.jpg") as sheet:
            assert sheet.width > 180
    before = contents(root / "Curation")
    assert curate(root) == 0
    assert contents(root / "Curation") == before
    assert curate(root, "--final") == 0
    assert sources == contents(root / "clic") | contents(root / "games")
    made = contents(root / "GT")
    assert list_ground_truth(root / "GT").keys() == {Path(name).stem for name in first}
    for name, file in first.items():
        copy, source = Image.open(root / "GT" / name), ImageOps.exif_transpose(Image.open(root / file))
        assert (copy.format, copy.mode) == ("PNG", "RGB")
        assert np.array_equal(np.asarray(copy), np.asarray(source))
    assert curate(root, "--final") == 0
    assert contents(root / "GT") == made


def test_what_was_not_looked_at_is_not_copied(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert curate(root, "--final") == 2
    assert "4 picture(s) are others than those that were to be looked at" in capsys.readouterr().err
    assert curate(root) == 0
    file = chosen(root)["NSI_pgc_001.png"]
    veto(root, file, "a watermark")
    assert curate(root, "--final") == 2
    assert "run this once more without --final" in capsys.readouterr().err
    assert not (root / "GT").exists()
    assert curate(root) == 0
    assert table(root)[file]["reason"] == "veto: a watermark"
    assert len(chosen(root)) == 4
    assert curate(root, "--final") == 0
    changed = root / chosen(root)["NSI_pgc_000.png"]
    ImageOps.mirror(Image.open(changed)).save(changed)
    assert curate(root, "--final") == 2
    out, error = capsys.readouterr()
    assert f"1 candidate(s) changed since: clic/{changed.name}" in out
    assert "others than those that were to be looked at" in error
    assert curate(root) == 0
    assert curate(root, "--final") == 2
    assert "GT holds 1 picture(s) that are not of this choice" in capsys.readouterr().err


def test_a_veto_outlives_a_run_without_its_candidate(root: Path) -> None:
    assert curate(root) == 0
    veto(root, "games/page.jpg", "private")
    assert main(["curate", "--root", str(root), "--from", f"NSI/pgc={root}/clic", "--count", "NSI/pgc=3"]) == 0
    assert table(root)["games/page.jpg"]["reason"] == "gone: no candidate of this run"
    assert curate(root, "--allow_partial") == 0
    assert table(root)["games/page.jpg"]["reason"] == "veto: private"


def test_fewer_than_wanted_are_an_error_unless_allowed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert curate(root, games=4) == 2
    assert "pictures are missing: 3 of SCI/game; add candidates" in capsys.readouterr().err
    assert curate(root, "--final", games=4) == 2
    assert not (root / "GT").exists()
    assert curate(root, "--final", "--allow_partial", games=4) == 0
    assert len(contents(root / "GT")) == 4


def test_a_metric_that_needs_no_reference_scores_what_is_fit(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bright = {name: photo(name).resize((150, 100)) for name in PGC}
    means = {f"clic/{Path(name).stem}.png": np.asarray(image).mean() for name, image in bright.items()}
    best = sorted(means, key=lambda file: -means[file])[:3]
    words = ["--metric", "brightness", "--pick", "best", "--least_side", "60", "--plugin", str(root / "brightness.py")]
    photo("brick.png").resize((120, 90)).save(root / "games/odd.png")
    assert curate(root, *words) == 1
    assert "games/odd.png: brightness failed: ValueError: no picture of 90 lines" in capsys.readouterr().out
    rows = table(root)
    assert {file for file in chosen(root).values() if file.startswith("clic")} == set(best)
    assert float(rows[best[0]]["brightness"]) == pytest.approx(means[best[0]])
    assert rows["games/coffee.png"]["brightness"] == ""
    assert rows["games/coffee.png"]["reason"] == "size: the shorter side has 50 pixels, under 60"
    assert read_run(root / "Curation/run.json")["settings"]["metric"] == "brightness"


def test_a_metric_alone_scores_all_and_decides_nothing(root: Path) -> None:
    assert curate(root) == 0
    before = chosen(root)
    assert curate(root, "--metric", "brightness", "--plugin", str(root / "brightness.py")) == 0
    assert chosen(root) == before
    assert all(0 < float(row["brightness"]) < 255 for row in table(root).values())


def test_a_hash_that_a_spreadsheet_took_for_a_number_is_computed_anew(root: Path) -> None:
    assert curate(root) == 0
    before = contents(root / "Curation")
    path = root / "Curation/candidates.csv"
    row = table(root)["clic/chelsea.png"]
    path.write_text(path.read_text(encoding="utf-8").replace(row["hash"], "1.23E+15"), encoding="utf-8")
    assert curate(root) == 0
    assert contents(root / "Curation") == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--least", "3", "--metric", "psnr"], "psnr does not score a picture by itself; choose one of "),
        (["--least", "3", "--metric", "fid"], "fid does not score a picture by itself"),
        (["--least", "3", "--metric", "clipscore"], "clipscore does not score a picture by itself"),
        (["--blocking", "-0.1"], "blocking: expected 0 to 2, found -0.1"),
        (["--jpeg_quality", "101"], "jpeg_quality: expected 1 to 100, found 101"),
        (["--distance", "65"], "distance: expected 0 to 64 bits, found 65"),
        (["--from", "pgc=clic"], "'pgc' is no content type and subtype"),
        (["--count", "SCI/movie=3"], "--count SCI/movie: nothing of it is in --from"),
        (["--count", "SCI/game=none"], "--count: expected a whole number from 1, found 'none'"),
        (["--plan", "plan.toml"], "either --from, with --count if need be, or --plan"),
        (["--from", "SCI/movie"], "--from: expected NSI/pgc=folder, found 'SCI/movie'"),
        (["--from", "SCI/movie=nowhere"], "no folder nowhere"),
    ],
)
def test_what_makes_no_sense_is_refused(
    root: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert curate(root, *words) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--least", "--share", "--blocking"])
def test_a_threshold_is_a_number(root: Path, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        curate(root, flag, "nan")
    assert f"{flag}: expected a number, found 'nan'" in capsys.readouterr().err


def test_a_sheet_shows_what_would_stay_now(root: Path) -> None:
    sheets = root / "Curation"
    words = ["curate", "--root", str(root), "--from", f"NSI/pgc-small={root}/games", f"NSI/pgc={root}/clic"]
    assert main([*words, "--count", "NSI/pgc-small=1", "NSI/pgc=1"]) == 0
    assert sorted(path.name for path in sheets.glob("*.jpg")) == ["sheet-NSI-pgc-1.jpg", "sheet-NSI-pgc-small-1.jpg"]
    assert main(["curate", "--root", str(root), "--from", f"NSI/pgc={root}/clic", "--count", "NSI/pgc=1"]) == 0
    assert [path.name for path in sheets.glob("*.jpg")] == ["sheet-NSI-pgc-1.jpg"]


def test_a_folder_that_is_named_twice_is_looked_into_once(root: Path) -> None:
    assert curate(root) == 0
    before = contents(root / "Curation")["candidates.csv"]
    assert curate(root, "--from", f"NSI/pgc={root}/games/../clic") == 0
    assert contents(root / "Curation")["candidates.csv"] == before


def test_a_folder_is_of_one_group(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert curate(root, "--from", f"SCI/movie={root}/clic") == 2
    assert "is to be chosen from for NSI/pgc and for SCI/movie" in capsys.readouterr().err
