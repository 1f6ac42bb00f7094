from pathlib import Path

import pytest

from cmc.core.files import fingerprint
from cmc.weights.revision import is_unchanged


def test_a_folder_is_told_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"one")
    loaded = {"revision": fingerprint(tmp_path)}
    assert is_unchanged(loaded, str(tmp_path))
    (tmp_path / "weights").write_bytes(b"two")
    assert not is_unchanged(loaded, str(tmp_path))


def test_what_cannot_be_told_counts_as_unchanged(tmp_path: Path) -> None:
    assert is_unchanged({"revision": "files:1"}, str(tmp_path / "gone"))
    assert is_unchanged({"revision": "files:1"}, "")
    assert is_unchanged({}, str(tmp_path))
    assert is_unchanged({"revision": "0123"}, "nobody/nothing-of-that-name")


def test_a_repository_is_told_by_the_snapshot_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--some--model"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "model_index.json").write_text("{}", encoding="utf-8")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc", encoding="utf-8")
    assert is_unchanged({"revision": "abc"}, "some/model")
    assert not is_unchanged({"revision": "def"}, "some/model")
