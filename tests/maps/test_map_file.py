import json
from pathlib import Path

import numpy as np
import pytest

from cmc.core.errors import CMCError
from cmc.core.origin import Origin
from cmc.maps.map_file import ItemMaps, read_maps, write_maps

ORIGIN = Origin(settings="s", gt="g", caption="c")


def test_a_file_is_read_as_it_was_written_and_shows_its_maps(tmp_path: Path) -> None:
    maps = np.random.default_rng(0).random((2, 8, 8)) > 0.5
    maps[0] = np.eye(8, dtype=bool)
    write_maps(tmp_path / "a.map.json", ItemMaps(["café", "b"], maps, ORIGIN))
    back = read_maps(tmp_path / "a.map.json")
    assert (list(back.names), back.origin) == (["café", "b"], ORIGIN)
    assert np.array_equal(back.maps, maps)
    lines = (tmp_path / "a.map.json").read_text(encoding="utf-8").splitlines()
    assert [line.strip(' ",') for line in lines].index("#.......") + 1 == [line.strip(' ",') for line in lines].index(
        ".#......"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"items": [{"name": "a", "map": ["........"] * 7}]},
        {"items": [{"name": "a", "map": ["....x..."] * 8}]},
        {"items": [{"name": "a", "map": [1] * 8}]},
        {"items": 5},
        {"origin": {}},
    ],
)
def test_another_file_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "a.map.json"
    write_maps(path, ItemMaps(["a"], np.zeros((1, 8, 8), bool), ORIGIN))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CMCError, match="holds no maps"):
        read_maps(path)
    path.write_text("rubbish")
    with pytest.raises(CMCError, match="holds no maps"):
        read_maps(path)
