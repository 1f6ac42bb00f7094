import json
import os
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.studies.share import share_pictures


def fill(folder: Path, pictures: dict[str, bytes], steps: int = 1) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
    (folder / "run.json").write_text(json.dumps({"settings": {"steps": steps}}), encoding="utf-8")
    return folder


def test_the_other_folder_holds_the_same_and_nothing_else(tmp_path: Path) -> None:
    source = fill(tmp_path / "a/image", {"1.png": b"one", "2.png": b"two"})
    target = fill(tmp_path / "b/image", {"2.png": b"two", "3.png": b"three"})
    (target / "failed.csv").write_text("name,reason\n3,x\n", encoding="utf-8")
    assert share_pictures(source, target) == 1
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        path.name: path.read_bytes() for path in source.iterdir()
    }
    assert share_pictures(source, target) == 0


def test_a_picture_made_anew_is_shared_anew(tmp_path: Path) -> None:
    source, target = fill(tmp_path / "a/image", {"1.png": b"one"}), tmp_path / "b/image"
    share_pictures(source, target)
    (tmp_path / "new").write_bytes(b"another")
    os.replace(tmp_path / "new", source / "1.png")
    assert (target / "1.png").read_bytes() == b"one"
    assert share_pictures(source, target) == 1
    assert (target / "1.png").read_bytes() == b"another"


def test_pictures_of_other_settings_are_not_thrown_away(tmp_path: Path) -> None:
    source = fill(tmp_path / "a/image", {"1.png": b"one"})
    target = fill(tmp_path / "b/image", {"1.png": b"mine"}, steps=2)
    with pytest.raises(CMCError, match="pictures of other settings"):
        share_pictures(source, target)
    (target / "run.json").unlink()
    with pytest.raises(CMCError, match="pictures of other settings"):
        share_pictures(source, target)
    assert (target / "1.png").read_bytes() == b"mine"
