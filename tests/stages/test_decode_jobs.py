from pathlib import Path

import pytest
from PIL import Image

from cmc.codecs.grid_geometry import BENCHMARK, MISC
from cmc.core.choice import Choice
from cmc.core.errors import CMCError
from cmc.core.files import write_json
from cmc.core.modes import MODES
from cmc.core.workspace import Workspace
from cmc.stages.decode_jobs import Images, find_images, make_jobs, read_sizes


def test_sizes_by_key_sorted(tmp_path: Path) -> None:
    (tmp_path / "sizes.csv").write_text("name,width,height\nphoto.jpg.png,640,480\ne\u0301.png,1,2\n", encoding="utf-8")
    assert read_sizes(tmp_path / "sizes.csv") == {"photo.jpg": (640, 480), "\u00e9": (1, 2)}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("a.png,0,480", "line 2: width is no whole number from 1"),
        ("a.png,640,4_80", "line 2: height is no whole number"),
        ("a.png,640,480\nb.png,640", "line 3 has 2 cells"),
        ("a.png,640,480\na:b.png,640,1", "line 3: 'a:b.png' is not a plain file name"),
        ("a.png,640,480\na.jpg,1,1", "line 3: a is there already"),
        ("", "no row"),
    ],
)
def test_other_tables_are_refused_with_their_line(tmp_path: Path, rows: str, why: str) -> None:
    (tmp_path / "sizes.csv").write_text(f"name,width,height\n{rows}\n", encoding="utf-8")
    with pytest.raises(CMCError, match=r"sizes\.csv.*; unpack the streams anew") as stop:
        read_sizes(tmp_path / "sizes.csv")
    assert why in str(stop.value)


def test_jobs_know_the_grid_that_their_references_are_of(tmp_path: Path) -> None:
    (tmp_path / "pixel").mkdir()
    Image.new("RGB", (3, 2)).save(tmp_path / "pixel" / "a.png")
    images = Images({"a": (96, 64)})
    for grid in (None, BENCHMARK, MISC):
        if grid:
            write_json(tmp_path / "pixel" / "run.json", {"settings": grid.settings()})
        ((job,), failed) = make_jobs(MODES["pixel"], images, None, tmp_path, 42, partial=False)
        assert job.grid == (grid or BENCHMARK)
        assert not failed


def test_a_table_of_sizes_stands_in_for_pictures(tmp_path: Path) -> None:
    (tmp_path / "GT").mkdir()
    Image.new("RGB", (5, 5)).save(tmp_path / "GT" / "b.png")
    table = tmp_path / "elsewhere.csv"
    table.write_text("name,width,height\na.png,640,480\n", encoding="utf-8")
    images = find_images(Workspace(tmp_path), table, Choice(), partial=False)
    assert (images.sizes, images.files) == ({"a": (640, 480)}, {})
    assert find_images(Workspace(tmp_path), None, Choice(), partial=False).sizes == {"b": (5, 5)}
