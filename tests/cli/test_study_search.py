"""`cmc study --search` and `--portability` on the decoder that loads nothing, and what they refuse."""

import shutil
from pathlib import Path

import pytest

from cmc.cli import study
from cmc.core.tables import read_csv
from cmc.scenes.tiny_models import TINY
from tests.conftest import PHOTOS, photo

# What it makes differs by the references' codec; in pixel mode all share what they start from.
PLAN = f"""
name = "some"
decoders = ["reference"]
modes = ["full", "pixel"]
codec = ["jpegxl", "webp"]
qp = [40, 90]
evaluate = {{model_weight = "{TINY / "Weight"}"}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root in which the whole study was made."""
    root = tmp_path_factory.mktemp("made")
    (root / "GT").mkdir()
    for name, (source, size) in PHOTOS.items():
        photo(source).resize(size).save(root / "GT" / f"{name}.png")
    (root / "plan.toml").write_text(PLAN, encoding="utf-8")
    assert run(root) == 0
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """Ground truth and plan, and nothing made."""
    shutil.copytree(made / "GT", tmp_path / "GT")
    shutil.copy(made / "plan.toml", tmp_path)
    return tmp_path


def run(root: Path, *flags: str) -> int:
    return study.main([str(root / "plan.toml"), "--root", str(root), *flags])


def pictures(root: Path) -> set[int]:
    """Every picture once: what settings share is one file."""
    return {path.stat().st_ino for path in (root / "Result").glob("*/*/*.png")}


def mean_fr(folder: Path) -> float:
    rows = read_csv(folder / "scores.csv", ["fr"])
    assert len(rows) == 2 * len(PHOTOS)
    return sum(float(row["fr"]) for row in rows) / len(rows)


def test_the_search_finds_what_the_full_matrix_does(root: Path, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "--search", "fr") == 0
    said = capsys.readouterr().out
    folder = root / "Study" / "some"
    found = {row["setting"]: row for row in read_csv(folder / "search.csv", ["setting", "fate", "images"])}
    means = {name: mean_fr(made / "Result" / name) for name in found}
    winner = max(means, key=lambda name: means[name])
    assert len(found) == 4
    assert found[winner]["fate"] == "winner"
    assert float(found[winner]["search_fr"]) == pytest.approx(means[winner], abs=1e-5)
    assert f"best: {winner}, fr " in said
    for name in ("pareto.png", "pareto.svg", "pareto.pdf"):
        assert (folder / name).is_file()
    rungs = read_csv(folder / "rungs.csv", ["rung", "pictures", "full_matrix"])
    assert len(pictures(root)) == int(rungs[-1]["pictures"]) < int(rungs[-1]["full_matrix"]) == len(pictures(made))
    dropped = [name for name, row in found.items() if int(row["images"]) < len(PHOTOS)]
    assert dropped
    for name in dropped:
        settings = {row["images"] for row in read_csv(root / "Result" / name / "scores.csv", ["images"])}
        assert settings == {f"Study/some/images-{found[name]['images']}.txt"}


def test_what_is_there_is_not_made_again(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = shutil.copytree(made, tmp_path / "copy")
    times = {path: path.stat().st_mtime_ns for path in (root / "Result").glob("*/full/*.png")}
    assert run(root, "--search") == 0
    assert {path: path.stat().st_mtime_ns for path in (root / "Result").glob("*/full/*.png")} == times
    asked = read_csv(root / "Study" / "some" / "rungs.csv", ["pictures"])[-1]["pictures"]
    assert f"  {asked} of them lay there before" in capsys.readouterr().out


def test_what_is_over_the_rate_is_named(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = shutil.copytree(made, tmp_path / "copy")
    assert run(root, "--search", "overall", "--max_bpp", "0.0001") == 1
    said = capsys.readouterr().out
    assert "4 over 0.0001 bpp:" in said
    assert "best: none" in said


@pytest.mark.parametrize(
    ("flags", "fault"),
    [
        (["--max_bpp", "0.1"], "--max_bpp bounds a search"),
        (["--search", "--max_bpp", "-1"], "expected a rate over 0"),
        (["--search", "--search_budget", "2"], "expected a share over 0 and up to 1"),
        (["--search", "lpips"], "choose one, or add to metrics"),
        (["--against", "."], "say so with --portability"),
        (["--portability", "--against", "nowhere"], "no such folder"),
        (["--every_pair"], "say what --power shows"),
        (["--power"], "no result of the study is scored yet"),
    ],
)
def test_what_makes_no_sense_is_refused(
    root: Path, flags: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, *flags) == 2
    assert fault in capsys.readouterr().err
    assert not (root / "Result").exists()


@pytest.mark.parametrize("flags", [["--search", "--portability"], ["--dry_run", "--power"], ["--print", "--search"]])
def test_two_questions_are_asked_one_at_a_time(
    root: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        run(root, *flags)
    assert stop.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_how_sure_ranks_are(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(made, "--power", "--every_pair") == 0
    out = capsys.readouterr().out
    assert out.count("reference-webp-q40") >= 3
    assert "Flip: the share of 2,000 paired resamples" in out


def test_results_of_another_machine(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = shutil.copytree(made, tmp_path / "other")
    assert run(made, "--portability", "--against", str(other)) == 0
    said = capsys.readouterr().out
    assert "same pixels 100%, same files 100%" in said
    assert "no rank changes: 4 targets by overall over 5 images in full, pixel" in said
    table = made / "Study" / "some" / "portability" / "pictures.csv"
    assert len(read_csv(table, ["name"])) == 4 * 2 * len(PHOTOS)
    shutil.rmtree(other / "Result" / "reference-webp-q90")
    photo("coffee.png").resize((96, 64)).save(other / "Result" / "reference-webp-q40" / "full" / "NSI_pgc_000.png")
    assert run(made, "--portability", "--against", str(other)) == 1
    said = capsys.readouterr().out
    assert "reference-webp-q90: no pictures in" in said
    assert "score of reference-webp-q40/full/NSI_pgc_000: stale: made from a picture of before" in said
    assert "over 4 images in full, pixel" in said


def test_a_variant_that_cannot_be_made_is_named_and_the_rest_is_compared(
    root: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch of two pictures of one size is another sum than two of one; where a variant belongs lies a file."""
    plan = f"""
        name = "some"
        encoders = [{{captions = "test"}}]
        modes = ["text"]
        images = ["NSI_ugc_001.png", "NSI_pgc_000.png"]
        evaluate = {{model_weight = "{TINY / "Weight"}"}}
        [[decoders]]
        model_name = "sd15"
        model_dir = "{sd}"
        max_side = 32
        steps = 2
        dtype = ["fp32", "bf16"]
        batch_size = [1, 8]
    """
    (root / "plan.toml").write_text(plan, encoding="utf-8")
    (root / "Text").mkdir()
    (root / "Text" / "test.csv").write_text("name,text\nNSI_ugc_001.png,A cat.\nNSI_pgc_000.png,A cup.\n", "utf-8")
    (root / "Result").mkdir()
    (root / "Result" / "sd15-bf16-batch1+test").write_text("in the way", encoding="utf-8")
    assert run(root, "--portability") == 1
    said = capsys.readouterr().out
    assert "sd15-bf16-batch1+test/text: Not a directory" in said
    for part in said.split("\n\n")[1:4]:
        title = part.splitlines()[0]
        if title.startswith("dtype bf16 against fp32:"):
            assert "no picture is there to be compared" in part
            assert "1 not compared: sd15-fp32-batch1+test: no pictures in" in part
        elif title.startswith(("batch_size 8 against 1:", "dtype bf16 against fp32, batch_size 8")):
            assert "sd15-fp32-batch1+test text: 2 pictures, largest " in part
