import json
from dataclasses import replace
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.studies.setting import Study
from cmc.studies.study_file import find_studies, read_study, write_study
from tests.scored_studies import codecs, length, qp, strength


@pytest.mark.parametrize("study", [length(), strength(), qp(), codecs()], ids=lambda study: study.name)
def test_a_study_is_read_as_it_was_written(study: Study, tmp_path: Path) -> None:
    first = replace(study.settings[0], options={"guidance_scale": "3"})
    study = replace(study, settings=(first, *study.settings[1:]))
    path = tmp_path / "Study" / study.name / "study.json"
    write_study(path, study)
    assert read_study(path) == study
    assert find_studies(tmp_path) == [path]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "../up"}, r"name: '\.\./up' is not a plain file name"),
        ({"views": ["pie"]}, "no view is called 'pie'; there are board, panels"),
        ({"metrics": "benchmark"}, "expected a list, found 'benchmark'"),
        ({"settings.name": ".."}, "settings: name: '..' is not a plain file name"),
        ({"settings.captions": "a/b"}, "settings: captions: 'a/b' is not a plain file name"),
        ({"settings.references": "../Ref"}, r"settings: references: '\.\.' is not a plain file name"),
        ({"settings.references": "/etc"}, "settings: references: '' is not a plain file name"),
        ({"settings.modes": ["full", "half"]}, "settings: modes: no mode is called 'half'"),
        ({"settings.modes": [["full"]]}, "settings: modes: no mode is called"),
        ({"settings.qp": True}, "settings: qp: expected int, found True"),
        ({"settings.strength": "0.5"}, "settings: strength: expected a number, found '0.5'"),
        ({"settings.options": {"steps": [3]}}, "settings: options: expected options as texts"),
        ({"settings.colour": "red"}, "settings: a Setting has no colour"),
        ({"settings": [{}]}, "settings: a Setting needs captions"),
        ({"baselines.name": "a\\b"}, "baselines: name: "),
        ({"baselines.name": "vvc-qp51"}, "two of its results would lie in vvc-qp51/image"),
    ],
)
def test_rubbish_is_refused_by_field(change: dict, said: str, tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    write_study(path, codecs())
    document = json.loads(path.read_text(encoding="utf-8"))
    for field, value in change.items():
        section, _, inner = field.rpartition(".")
        (document["study"][section][-4 if section == "baselines" else 0] if section else document["study"])[inner] = (
            value
        )
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(CMCError, match=said) as refused:
        read_study(path)
    assert "run the study again" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"[]", b'"study"', b'{"study": 3}', b"\xff\xfe", b'{"plan": {}}'])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "study.json").write_bytes(content)
    with pytest.raises(CMCError, match=r"study\.json is not a study of this toolkit"):
        read_study(tmp_path / "study.json")
    with pytest.raises(CMCError, match="run the study first"):
        read_study(tmp_path / "none.json")
