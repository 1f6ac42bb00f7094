from pathlib import Path

import pytest

from cmc.__main__ import main
from cmc.core.lock import one_writer
from cmc.standard_sets.table import SETS
from tests.standard_sets.conftest import Web, web
from tests.standard_sets.tiny import NAMES, picture, tiny_set

__all__ = ["web"]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETS, "tiny", tiny_set("someone/tiny"))


def test_a_set_comes_from_the_hub_checked_with_its_licence_first(
    web: Web, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    assert main(["fetch", "tiny", "--to", str(root)]) == 0
    out = capsys.readouterr().out
    for text in ("licence   CC0 1.0", "citation  Nobody", "unknown: none is published", "source    someone/tiny"):
        assert text in out
    assert "3 pictures in GT, 3 pictures in Ref/image" in out
    assert (root / "Weight" / "fr.pth").read_bytes() == b"weights"
    asked = list(web.asked)
    assert [name for name, _ in asked] == ["gt.zip", "ref.zip", "fr.pth"]
    assert main(["fetch", "tiny", "--to", str(root)]) == 0
    assert capsys.readouterr().out.count("not fetched again") == 3
    assert web.asked == asked


def test_files_of_the_web_are_fetched_again_where_they_broke_off_and_leave_no_copy(
    web: Web, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["fetch", "tiny", "--to", str(tmp_path / "root"), "--source", web.address]
    (web.folder / "ref.zip").rename(web.folder / "away.zip")
    assert main(words) == 2
    assert "ref.zip" in capsys.readouterr().err
    assert (tmp_path / "root" / "Weight" / "fr.pth").is_file()  # the others came
    (web.folder / "away.zip").rename(web.folder / "ref.zip")
    assert main(words) == 0
    assert [name for name, _ in web.asked] == ["gt.zip", "fr.pth", "ref.zip"]
    assert [path.name for path in (tmp_path / "root/.fetch/tiny").iterdir() if path.suffix == ".zip"] == []


def test_offline_a_folder_or_a_zip_serves(web: Web, tmp_path: Path) -> None:
    for number, place in enumerate((web.folder, web.folder / "gt.zip")):
        root = tmp_path / str(number)
        assert main(["fetch", "tiny", "--to", str(root), "--source", str(place)]) == 0
        assert sorted(path.name for path in (root / "GT").glob("*.png")) == list(NAMES)
    assert web.asked == []


def test_pictures_of_another_set_and_another_writer_are_refused(
    web: Web, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    (root / "GT").mkdir(parents=True)
    (root / "GT" / "mine.png").write_bytes(picture())
    words = ["fetch", "tiny", "--to", str(root), "--source", str(web.folder)]
    assert main(words) == 2
    assert "holds 4 pictures, expected 3; name another --to" in capsys.readouterr().err
    with one_writer(root / ".fetch" / "tiny", ""):
        assert main(words) == 2
    assert "name another --to" in capsys.readouterr().err
