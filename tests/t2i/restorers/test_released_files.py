from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.t2i.restorers import diffbir_releases, stablesr_releases
from cmc.t2i.restorers.pasd_releases import BASE, find_base
from cmc.t2i.restorers.released_files import Release, find_file, pick_release

RELEASES = (Release("new", "new.pth"), Release("old", "old.pth"))
SOURCES = {"new.pth": "https://host/new.pth", "old.pth": "https://host/old.pth"}


def test_the_first_release_that_is_there_is_taken_or_the_one_named(tmp_path: Path) -> None:
    (tmp_path / "old.pth").touch()
    assert pick_release("model", tmp_path, None, RELEASES, SOURCES).name == "old"
    (tmp_path / "new.pth").touch()
    assert pick_release("model", tmp_path, None, RELEASES, SOURCES).name == "new"
    assert pick_release("model", tmp_path, "old", RELEASES, SOURCES).name == "old"


def test_what_is_not_there_or_not_known_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"has none of new\.pth, old\.pth; download https://host/new\.pth"):
        pick_release("model", tmp_path, None, RELEASES, SOURCES)
    with pytest.raises(CMCError, match=r"has none of old\.pth; download https://host/old\.pth"):
        pick_release("model", tmp_path, "old", RELEASES, SOURCES)
    with pytest.raises(CMCError, match=r"model has no variant 'older'; it has new, old"):
        pick_release("model", tmp_path, "older", RELEASES, SOURCES)
    with pytest.raises(CMCError, match=r"old\.pth is missing; download https://host/old\.pth"):
        find_file(tmp_path, "old.pth", SOURCES)


def test_every_file_of_every_release_has_a_source() -> None:
    for release in diffbir_releases.RELEASES:
        files = {release.file, release.base, *release.degradation_removal} - {None}
        assert files <= diffbir_releases.SOURCES.keys()
    assert {release.file for release in stablesr_releases.RELEASES} < stablesr_releases.SOURCES.keys()


def test_stable_diffusion_lies_in_pasds_folder_or_beside_it_or_on_the_hub(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint-100000"
    assert find_base(folder) == f"{BASE}/{BASE}"
    (tmp_path / BASE).mkdir()
    assert find_base(folder) == str(tmp_path / BASE)
    (folder / BASE).mkdir(parents=True)
    assert find_base(folder) == str(folder / BASE)
