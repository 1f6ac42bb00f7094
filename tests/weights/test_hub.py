from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.weights.hub import download_snapshot, local_folder


def test_a_folder_stays_and_nothing_is_fetched(tmp_path: Path) -> None:
    def fetch(name: str) -> str:
        raise AssertionError(f"{name} was fetched")

    (tmp_path / "config.json").touch()
    assert local_folder(str(tmp_path), "", must_hold="config.json", download=fetch) == tmp_path
    with pytest.raises(CMCError, match=r"has no model_index\.json; give another"):
        local_folder(str(tmp_path), "give another", must_hold="model_index.json", download=fetch)


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in the hub's cache, as its client lays it out."""
    repository = tmp_path / "models--someone--tiny"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").touch()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return snapshot


def test_an_id_is_the_folder_of_its_snapshot(cached: Path) -> None:
    assert local_folder("someone/tiny", "") == cached
    assert Path(download_snapshot("someone/tiny", ["*.json"])) == cached


@pytest.mark.parametrize("name", ["nobody/nothing", "no/such/folder"])
def test_what_is_neither_is_one_line_with_the_advice(name: str) -> None:
    with pytest.raises(CMCError, match=f"cannot fetch '{name}' .*; use --model_dir") as caught:
        local_folder(name, "use --model_dir")
    assert "\n" not in str(caught.value)
