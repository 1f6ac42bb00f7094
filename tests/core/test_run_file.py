import json
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.run_file import note, open_run


def _open(path: Path, overwrite: bool = False, **settings: object) -> bool:
    return open_run(path, settings, overwrite=overwrite, remedy="or another --result_name")


def test_same_settings_go_on_and_others_are_refused_with_the_difference(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert not _open(path, steps=40, modes=(1, 2))
    assert not _open(path, steps=40, modes=(1, 2))
    with pytest.raises(CMCError, match=r"steps: 40 there, 20 now; strength: None there, 0\.5 now"):
        _open(path, steps=20, strength=0.5, modes=[1, 2])
    assert json.loads(path.read_text())["settings"]["steps"] == 40


def test_overwrite_says_that_old_results_must_go(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    _open(path, steps=40)
    assert _open(path, overwrite=True, steps=20)
    assert json.loads(path.read_text())["settings"] == {"steps": 20}


def test_note_adds_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    _open(path, steps=40)
    note(path, outcome={"failed": 1})
    document = json.loads(path.read_text())
    assert document["settings"] == {"steps": 40}
    assert document["outcome"] == {"failed": 1}
    assert "torch" in document["environment"]


def test_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{not json")
    with pytest.raises(CMCError, match="not a run file"):
        _open(tmp_path / "run.json", steps=1)
