from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.standard_sets.facts import SetFile
from cmc.standard_sets.sources import Source
from tests.standard_sets.conftest import Web
from tests.standard_sets.tiny import save_source

GT = SetFile(name="gt.zip", pictures=3)


def test_a_folder_is_read_in_place_and_what_it_lacks_is_named(tmp_path: Path) -> None:
    source = Source(str(save_source(tmp_path / "source")), tmp_path / "downloads")
    assert source.fetch(GT) == tmp_path / "source" / "gt.zip"
    with pytest.raises(CMCError, match=r"no no\.zip in .*source; put it there, or name another --source"):
        source.fetch(SetFile(name="no.zip"))
    assert not (tmp_path / "downloads").exists()


def test_a_dataset_comes_from_the_hub_once(web: Web, tmp_path: Path) -> None:
    source = Source("someone/tiny", tmp_path / "downloads")
    path = source.fetch(GT)
    assert path.read_bytes() == (web.folder / "gt.zip").read_bytes()
    assert source.fetch(GT) == path
    assert web.asked == [("gt.zip", 0)]
    with pytest.raises(CMCError, match=r"cannot fetch no\.zip of someone/tiny .*the same command goes on"):
        source.fetch(SetFile(name="no.zip"))


def test_a_download_goes_on_where_it_broke_off(web: Web, tmp_path: Path) -> None:
    whole = (web.folder / "gt.zip").read_bytes()
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "gt.zip.part").write_bytes(whole[:100])
    path = Source(f"{web.address}/files", tmp_path / "downloads").fetch(GT)
    assert path.read_bytes() == whole
    assert web.asked == [("gt.zip", 100)]


def test_a_file_may_lie_elsewhere_and_one_that_does_not_exist_is_named(web: Web, tmp_path: Path) -> None:
    source = Source("someone/tiny", tmp_path / "downloads")
    file = SetFile(name="captions.csv", folder="Text", url=f"{web.address}/fr.pth")
    assert source.fetch(file) == tmp_path / "downloads" / "captions.csv"
    with pytest.raises(CMCError, match=rf"cannot fetch {web.address}/no\.zip"):
        Source(web.address, tmp_path / "downloads").fetch(SetFile(name="no.zip"))


@pytest.mark.parametrize("place", ["nowhere", "/no/such/folder", "ftp://host/x"])
def test_what_can_be_no_source_is_said(place: str, tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=f"--source {place}: no folder here, no http address and no dataset's id"):
        Source(place, tmp_path)
