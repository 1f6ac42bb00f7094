from pathlib import Path

from PIL import Image

from cmc.scenes.files import save_scenes


def test_scenes_of_another_side_are_drawn_anew_and_others_pictures_are_left_alone(tmp_path: Path) -> None:
    save_scenes(tmp_path, "demo", 2, side=64)
    first, second = sorted((tmp_path / "GT").glob("*.png"))
    stamp = first.stat().st_mtime_ns
    save_scenes(tmp_path, "demo", 2, side=64)
    assert first.stat().st_mtime_ns == stamp
    Image.new("RGB", (8, 8)).save(second)
    save_scenes(tmp_path, "demo", 2, side=96)
    assert Image.open(first).size == (96, 96)
    assert Image.open(second).size == (8, 8)
