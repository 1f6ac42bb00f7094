from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.container import BarContainer
from PIL import Image

from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.rows import as_encoder, published_rows, user_rows
from cmc.report.plots import figures
from cmc.report.style import GRID, INK, PAGE, inline_svg, save
from cmc.scores.score_file import ScoreFile
from tests.scored import SETTINGS, benchmark_names, drawn

MEANS = {"full": (2.55, 2.2), "image": (2.4, 2.0), "pixel": (1.95, 2.7), "text": (1.78, 3.6)}
NAMES = [*benchmark_names({"NSI": 20, "SCI": 10, "AIGI": 10}), "holiday.png"]
FILE = ScoreFile("my <model> $x$", drawn("my <model> $x$", NAMES, MEANS), SETTINGS)


@pytest.fixture(scope="module")
def made() -> dict:
    (row,) = user_rows([FILE], {})
    rows = [*published_rows(), row, as_encoder(row)]
    return figures({FILE.target: FILE}, rows, BOARDS)


def test_radar_maps_hold_every_row_at_its_share_of_the_axis(made: dict) -> None:
    assert set(made) == {"radar-t2i", "radar-i2t", f"bars-{FILE.target}", f"scores-{FILE.target}"}
    axes = made["radar-t2i"].axes[0]
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert len(lines) == 13
    # Full-FR: DiffBIR has the best, 2.9194, PG25 the worst, 2.0716.
    assert lines["DiffBIR"][0] == pytest.approx(1.0)
    assert lines["PG25"][0] == pytest.approx(0.2)
    share = 0.2 + 0.8 * (2.5646 - 2.0716) / (2.9194 - 2.0716)
    assert lines["RealVis"][[0, -1]] == pytest.approx([share, share])
    # A restorative model has no pixel and text mode.
    assert np.isnan(lines["DiffBIR"]).tolist() == [False] * 4 + [True] * 4 + [False]
    assert len(made["radar-i2t"].axes[0].lines) == 7


def test_bars_and_errors_are_the_means_and_their_intervals(made: dict) -> None:
    left, right = made[f"bars-{FILE.target}"].axes
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["NSI", "SCI", "AIGI", "other"]
    fr = [one.values["fr"] for one in FILE.scores if one.mode == "full" and one.name.startswith("NSI")]
    assert left.patches[0].get_height() == pytest.approx(np.mean(fr))
    bars = next(one for one in left.containers if isinstance(one, BarContainer))
    low, high = bars.errorbar[2][0].get_segments()[0][:, 1]
    assert low < np.mean(fr) < high
    assert high - low == pytest.approx(2 * 1.96 * np.std(fr) / np.sqrt(20), rel=0.15)


def test_distributions_count_every_image(made: dict) -> None:
    left, _ = made[f"scores-{FILE.target}"].axes
    steps = [patch.get_xy() for patch in left.patches]
    assert len(steps) == 8
    outline = steps[1]
    assert sum(outline[1:-1:2, 1][: (len(outline) - 1) // 2]) == pytest.approx(len(NAMES))


def test_files_for_a_paper(made: dict, tmp_path: Path) -> None:
    save(made["radar-t2i"], tmp_path / "plots", "radar")
    picture = Image.open(tmp_path / "plots" / "radar.png")
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=1)
    assert 0.5 * PAGE * 300 < picture.width < PAGE * 300
    pdf = (tmp_path / "plots" / "radar.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/Type3" not in pdf
    ET.parse(tmp_path / "plots" / "radar.svg")
    before = (tmp_path / "plots" / "radar.svg").read_bytes(), pdf
    save(made["radar-t2i"], tmp_path / "again", "radar")
    assert before == tuple((tmp_path / "again" / f"radar.{suffix}").read_bytes() for suffix in ("svg", "pdf"))


def test_inline_svg_takes_the_pages_inks_and_escapes_names(made: dict) -> None:
    svg = inline_svg(made["radar-t2i"])
    ET.fromstring(svg)
    assert INK not in svg
    assert GRID not in svg
    assert "currentColor" in svg
    assert "my &lt;model&gt; $x$" in svg
    assert len(svg) < 200_000
