import base64
import io
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from cmc.core.origin import Origin
from cmc.core.workspace import Workspace
from cmc.maps.map_file import ItemMaps, write_maps
from cmc.report.gallery import find_pictures, gallery, thumbnail
from cmc.scores.score_file import read_scores
from tests.conftest import photo
from tests.scored import workspace


def _decode(uri: str) -> Image.Image:
    head, data = uri.split(",", 1)
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_thumbnail_is_the_picture_small() -> None:
    image = photo("chelsea.png")
    small = _decode(thumbnail(image.copy(), 96))
    assert max(small.size) == 96
    reference = np.asarray(image.resize(small.size, Image.Resampling.LANCZOS), dtype=float)
    assert np.abs(np.asarray(small, dtype=float) - reference).mean() < 6
    assert len(thumbnail(image, 96)) < 4000


def test_a_small_picture_is_not_blown_up() -> None:
    assert _decode(thumbnail(photo("chelsea.png").resize((16, 12)), 96)).size == (16, 12)


def test_an_entry_has_all_pictures_links_scores_and_the_caption(tmp_path: Path) -> None:
    names = ["NSI_pgc_000.png", "SCI_game #1 50%.png"]
    root = workspace(tmp_path, {"sharp": 0.5}, names, side=64)
    (root / "Result" / "sharp" / "text" / names[0]).unlink()
    (root / "Result" / "sharp" / "full" / names[1]).write_bytes(b"rubbish")
    file = read_scores(root / "Result" / "sharp" / "scores.csv")
    space = Workspace(root)
    pictures = find_pictures(space, space.result, [file])
    captions = {"sharp": {"NSI_pgc_000": "A cat."}}
    base = root / "reports"
    first, second = gallery([file], pictures, captions, base, side=32)
    assert (first["name"], first["type"], first["subtype"]) == ("NSI_pgc_000.png", "NSI", "pgc")
    assert first["captions"] == {"sharp": "A cat."}
    assert second["captions"] == {}
    assert set(first["refs"]) == {"image", "pixel"}
    shots = first["shots"]["sharp"]
    assert set(shots) == {"full", "image", "pixel", "text"}
    assert shots["full"]["scores"]["fr"] == pytest.approx(file.scores[0].values["fr"])
    assert max(_decode(shots["full"]["thumb"]).size) == 32
    assert "thumb" not in shots["text"]
    broken = second["shots"]["sharp"]["full"]
    assert "thumb" not in broken
    assert second["gt"]["href"] == "../GT/SCI_game%20%231%2050%25.png"
    for picture in (second["gt"], broken, *second["refs"].values()):
        assert (base / unquote(picture["href"])).resolve().is_file()


def test_a_workspace_without_references_still_shows_what_is_there(tmp_path: Path) -> None:
    root = workspace(tmp_path, {"sharp": 0.5}, ["a.png"], side=32)
    for kind in ("image", "pixel"):
        (root / "Ref" / kind / "a.png").unlink()
    file = read_scores(root / "Result" / "sharp" / "scores.csv")
    space = Workspace(root)
    (entry,) = gallery([file], find_pictures(space, space.result, [file]), {}, root, side=32)
    assert entry["refs"] == {}
    assert entry["type"] == "other"
    assert entry["maps"] == {}


def test_maps_are_laid_over_the_ground_truth_with_their_names(tmp_path: Path) -> None:
    root = workspace(tmp_path, {"sharp": 0.5}, ["a.png", "b.png"], side=32)
    for name in ("a", "b"):
        Image.new("RGB", (160, 80), "black").save(root / "GT" / f"{name}.png")
    maps = np.zeros((2, 8, 8), bool)
    maps[0, :, :4] = maps[1, :4, 2:6] = True
    write_maps(root / "Ref/map/a.map.json", ItemMaps(["cup", "table"], maps, Origin()))
    (root / "Ref/map/b.map.json").write_text("rubbish")
    file = read_scores(root / "Result" / "sharp" / "scores.csv")
    space = Workspace(root)
    entry, damaged = gallery([file], find_pictures(space, space.result, [file]), {}, root, side=80)
    assert damaged["maps"] == {}
    assert entry["maps"]["items"] == [{"name": "cup", "colour": "#d55e00"}, {"name": "table", "colour": "#0072b2"}]
    assert entry["maps"]["href"] == "GT/a.png"
    shown = np.asarray(_decode(entry["maps"]["thumb"]), dtype=int)
    assert shown.shape == (40, 80, 3)
    # The first alone, both, the second alone, neither: half of a colour over black, as near as WebP has it.
    for (row, column), colour in {
        (30, 10): (106, 47, 0),
        (10, 30): (53, 52, 44),
        (10, 50): (0, 57, 89),
        (30, 70): (0, 0, 0),
    }.items():
        assert np.abs(shown[row, column] - colour).max() < 16, (row, column)
