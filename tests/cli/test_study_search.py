"""`cmc study --search` and `--portability` on the decoder that loads nothing, and what they refuse."""

import shutil
from pathlib import Path

import pytest

from cmc.cli import reference, study
from cmc.core.tables import read_csv

# Strengths do not matter to it; reference codecs do.
PLAN = """
name = "some"
decoders = ["reference"]
modes = ["full", "pixel"]
codec = ["jpegxl", "webp"]
qp = [40, 90]
metrics = ["benchmark"]
"""


@pytest.fixture
def root(space: Path, weights: Path) -> Path:
    (space / "Weight").symlink_to(weights)
    (space / "plan.toml").write_text(PLAN, encoding="utf-8")
    return space


def run(root: Path, *flags: str) -> int:
    return study.main([str(root / "plan.toml"), "--root", str(root), *flags])


def test_the_search_finds_what_the_full_matrix_does(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "--search", "fr") == 0
    said = capsys.readouterr().out
    folder = root / "Study" / "some"
    found = {row["setting"]: row for row in read_csv(folder / "search.csv", ["setting", "fate", "images"])}
    (winner,) = (name for name, row in found.items() if row["fate"] == "winner")
    assert f"best: {winner}, fr " in said
    assert "pictures: " in said
    for name in ("pareto.png", "pareto.svg", "pareto.pdf", "rungs.csv"):
        assert (folder / name).is_file()
    dropped = [name for name, row in found.items() if row["images"] != "5"]
    assert dropped
    made = {path.stat().st_ino for path in (root / "Result").glob("*/*/*.png")}
    (rung,) = read_csv(folder / "rungs.csv", ["rung", "pictures"])[-1:]
    assert len(made) == int(rung["pictures"])
    for name in dropped:
        settings = {row["images"] for row in read_csv(root / "Result" / name / "scores.csv", ["images"])}
        assert settings == {f"Study/some/images-{found[name]['images']}.txt"}
    # The rest of the full matrix, in the same folders.
    assert run(root) == 0
    means = {name: _mean_fr(root / "Result" / name) for name in found}
    assert max(means, key=lambda name: means[name]) == winner
    assert float(found[winner]["search_fr"]) == pytest.approx(means[winner], abs=1e-5)


def _mean_fr(folder: Path) -> float:
    rows = read_csv(folder / "scores.csv", ["fr"])
    assert len(rows) == 10
    return sum(float(row["fr"]) for row in rows) / len(rows)


def test_a_search_goes_on_where_it_was(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "--search") == 0
    first = (root / "Study" / "some" / "search.csv").read_bytes()
    times = {path: path.stat().st_mtime_ns for path in (root / "Result").glob("*/*/*.png")}
    assert run(root, "--search") == 0
    assert (root / "Study" / "some" / "search.csv").read_bytes() == first
    assert {path: path.stat().st_mtime_ns for path in (root / "Result").glob("*/*/*.png")} == times
    assert f"  {len({path.stat().st_ino for path in times})} of them lay there before" in capsys.readouterr().out


def test_what_is_over_the_rate_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
        (["--search", "--portability"], "ask one at a time"),
        (["--search", "lpips"], "choose one, or add to metrics"),
        (["--against", "."], "say so with --portability"),
        (["--portability", "--against", "nowhere"], "no such folder"),
        (["--portability"], "no two settings of the plan differ in dtype or batch_size alone"),
    ],
)
def test_what_makes_no_sense_is_refused(
    root: Path, flags: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, *flags) == 2
    assert fault in capsys.readouterr().err
    assert not (root / "Result").exists()


def test_results_of_another_machine(root: Path, tmp_path_factory: pytest.TempPathFactory, capsys) -> None:
    assert run(root) == 0
    other = tmp_path_factory.mktemp("other") / "root"
    shutil.copytree(root, other, symlinks=True)
    assert run(root, "--portability", "--against", str(other)) == 0
    said = capsys.readouterr().out
    assert "same pixels 100%, same files 100%" in said
    assert "no rank changes: 4 targets by overall over 5 images in full, pixel" in said
    assert len(read_csv(root / "Study" / "some" / "portability" / "pictures.csv", ["name"])) == 4 * 2 * 5
    shutil.rmtree(other / "Result" / "reference-webp-q90")
    assert run(root, "--portability", "--against", str(other)) == 1
    assert "1 not compared: reference-webp-q90: no pictures in" in capsys.readouterr().out


def test_a_variant_that_cannot_be_made_is_named_and_the_rest_is_compared(
    root: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch size of 8, and a precision that there is not."""
    assert reference.main(["--root", str(root), "--kind", "pixel"]) == 0
    (root / "plan.toml").write_text(
        f"""
        name = "some"
        encoders = [{{captions = "test"}}]
        modes = ["pixel"]
        images = ["other.png", "NSI_pgc_000.png"]
        [[decoders]]
        model_name = "sd15"
        model_dir = "{sd}"
        max_side = 32
        steps = 2
        dtype = "fp32"
        batch_size = [1, 8]
        """,
        encoding="utf-8",
    )
    assert run(root, "--portability") == 0
    said = capsys.readouterr().out
    assert "batch_size 8 against 1: pixels in levels of 255" in said
    shutil.rmtree(root / "Result" / "sd15-batch8+test")
    (root / "Result" / "sd15-batch8+test").write_text("in the way", encoding="utf-8")
    assert run(root, "--portability") != 0
    assert "no pictures in" in capsys.readouterr().out
