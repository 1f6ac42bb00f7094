import json
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.run_file import check, claim, note, read_run

REMEDY = "or another --result_name"


def _claim(path: Path, overwrite: bool = False, loaded: dict[str, str] | None = None, **settings: object) -> None:
    sections = {"settings": settings} | ({} if loaded is None else {"loaded": loaded})
    claim(path, sections, sorted(path.parent.glob("*.png")), overwrite=overwrite, remedy=REMEDY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A result folder of 40 steps with one picture."""
    _claim(tmp_path / "run.json", steps=40, modes=(1, 2))
    (tmp_path / "a.png").touch()
    return tmp_path


def test_same_settings_go_on_and_others_are_refused_with_the_difference(folder: Path) -> None:
    path = folder / "run.json"
    _claim(path, steps=40, modes=(1, 2))
    with pytest.raises(CMCError, match=r"steps: 40 there, 20 now; strength: None there, 0\.5 now"):
        _claim(path, steps=20, strength=0.5, modes=[1, 2])
    assert json.loads(path.read_text())["settings"]["steps"] == 40
    assert (folder / "a.png").exists()


def test_overwrite_takes_results_of_other_settings_away(folder: Path) -> None:
    _claim(folder / "run.json", overwrite=True, steps=20)
    assert read_run(folder / "run.json")["settings"] == {"steps": 20}
    assert not (folder / "a.png").exists()


def test_without_results_other_settings_take_over(folder: Path) -> None:
    (folder / "a.png").unlink()
    note(folder / "run.json", outcome={"failed": 1})
    _claim(folder / "run.json", steps=20)
    document = read_run(folder / "run.json")
    assert document["settings"] == {"steps": 20}
    assert "outcome" not in document  # it was of the others


def test_results_without_a_run_file_are_not_taken_for_ours(folder: Path) -> None:
    (folder / "run.json").unlink()
    with pytest.raises(CMCError, match=r"a\.png was not made here"):
        _claim(folder / "run.json", steps=40)
    _claim(folder / "run.json", overwrite=True, steps=40)
    assert not (folder / "a.png").exists()


def test_the_same_weights_by_another_path_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    _claim(path, checkpoint="/here", steps=1, loaded={"checkpoint": "/here", "revision": "abc"})
    (tmp_path / "a.png").touch()
    moved = {"checkpoint": "/there", "revision": "abc"}
    check(path, {"settings": {"checkpoint": "/there", "steps": 1}}, [tmp_path / "a.png"], overwrite=False, remedy="")
    _claim(path, checkpoint="/there", steps=1, loaded=moved)
    with pytest.raises(CMCError, match="steps: 1 there, 2 now"):
        _claim(path, checkpoint="/there", steps=2, loaded=moved)
    with pytest.raises(CMCError, match="revision: 'abc' there, 'def' now"):
        _claim(path, checkpoint="/here", steps=1, loaded={"checkpoint": "/here", "revision": "def"})


def test_without_a_revision_the_path_is_all_there_is_to_go_by(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    _claim(path, checkpoint="a", loaded={})
    (tmp_path / "a.png").touch()
    with pytest.raises(CMCError, match="checkpoint: 'a' there, 'b' now"):
        _claim(path, checkpoint="b", loaded={})


def test_note_adds_to_what_is_there(folder: Path) -> None:
    path = folder / "run.json"
    note(path, outcome={"failed": 1})
    document = json.loads(path.read_text())
    assert document["settings"]["steps"] == 40
    assert document["outcome"] == {"failed": 1}
    assert "torch" in document["environment"]


def test_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{not json")
    with pytest.raises(CMCError, match="not a run file"):
        _claim(tmp_path / "run.json", steps=1)
