from pathlib import Path

import numpy as np
import pytest

from cmc.cli.leaderboard import main as leaderboard
from cmc.cli.report import main
from cmc.core.files import sha256
from cmc.core.origin import DIGITS, Origin
from cmc.maps.map_file import ItemMaps, write_maps
from cmc.stages.evaluate import Score
from tests.scored import benchmark_names, save_scores, workspace


def test_a_page_and_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = workspace(tmp_path, {"sharp": 0.5, "soft": 1.5}, benchmark_names({"NSI": 2, "SCI": 1}), side=48)
    out = tmp_path / "out" / "mine.html"
    assert main(["soft", "--root", str(root), "--out", str(out), "--plots", str(tmp_path / "plots")]) == 0
    assert "1 result(s), 3 image(s)" in capsys.readouterr().out
    page = out.read_text(encoding="utf-8")
    assert "Not comparable with published rows: 3 image(s), not the benchmark&#39;s 400 NSI" in page
    assert "../GT/NSI_pgc_000.png" in page
    assert "Result/sharp" not in page
    names = {
        f"{name}.{suffix}"
        for name in ("radar-t2i", "radar-i2t", "bars-soft", "scores-soft")
        for suffix in ("png", "svg", "pdf")
    }
    assert {path.name for path in (tmp_path / "plots").iterdir()} == names
    assert main(["soft", "--root", str(root), "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == page


def test_results_of_one_mode_or_without_any_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_scores(tmp_path, [Score("a.png", "single", "text", {"fr": 1.0, "nr": 2.0})])
    save_scores(tmp_path, [Score("a.png", "empty", mode, {}, "failed: no memory") for mode in ("full", "image")])
    assert main(["--root", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Results that lack modes of every ranking" in page
    for target, mode in (("single", "text"), ("empty", "full"), ("empty", "image")):
        assert f'<th scope="row" class="text">{target}</th><td class="text">{mode}</td>' in page
    assert "2 failed" in page
    assert leaderboard(["--root", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "single lacks modes of every ranking above; it has text." in out
    assert "empty lacks FR and NR in every mode: script-evaluate.py --target empty scores them." in out


def test_the_first_ranking_shown_is_one_that_has_a_row_of_the_users(tmp_path: Path) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    assert '<option value="t2i" selected>' in (tmp_path / "report.html").read_text(encoding="utf-8")
    save_scores(tmp_path, [Score("a.png", "two", mode, {"fr": 1.0, "nr": 2.0}) for mode in ("pixel", "text")])
    assert main(["--root", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<option value="elb" selected>' in page
    board = next(line for line in page.splitlines() if 'class="board' in line and "hidden" not in line)
    assert 'data-board="elb" data-content="all"' in board


def test_without_scores_the_published_rows_are_shown(tmp_path: Path) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    assert "Nothing is scored yet" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_unknown_target_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["none", "--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_maps_of_another_ground_truth_are_not_shown_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = workspace(tmp_path, {"sharp": 0.5}, ["a.png", "b.png"], side=32)
    maps = np.ones((1, 8, 8), bool)
    for key, gt in (("a", sha256(root / "GT/a.png")[:DIGITS]), ("b", "0" * DIGITS)):
        write_maps(root / f"Ref/map/{key}.map.json", ItemMaps([f"cup of {key}"], maps, Origin(gt=gt)))
    assert main(["--root", str(root)]) == 0
    assert "maps of b; run cmc maps again" in capsys.readouterr().out
    page = (root / "report.html").read_text(encoding="utf-8")
    assert "cup of a" in page
    assert "cup of b" not in page


def test_maps_beside_a_results_streams_are_shown(tmp_path: Path) -> None:
    root = workspace(tmp_path, {"sharp": 0.5}, ["a.png"], side=32)
    maps = ItemMaps(["cup"], np.ones((1, 8, 8), bool), Origin())
    write_maps(root / "Stream/sharp/work/Ref/map/a.map.json", maps)
    assert main(["--root", str(root)]) == 0
    assert '"cup"' in (root / "report.html").read_text(encoding="utf-8")
