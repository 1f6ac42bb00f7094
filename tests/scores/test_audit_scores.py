from pathlib import Path

import pytest
from PIL import Image

from cmc.audit.form import Form, FormObject
from cmc.core.digests import FileDigests
from cmc.scores.audit_scores import COLUMNS, audit_scores
from cmc.stages.ask_forms import GT, Forms
from cmc.stages.evaluate_tasks import Candidate, Task


def test_a_score_is_the_agreement_of_two_forms_and_what_lacks_one_says_why(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("a", "b", "c")]
    for path in paths:
        Image.new("RGB", (4, 4)).save(path)
    truth = Form((FormObject("dog", 2, "brown"), FormObject("cat", 1, "")), "park", ())
    other = Form((FormObject("dogs", 1, "brown"),), "", ())
    answers = {
        (GT, ""): Forms({"a": truth, "b": truth}, {"c": "refused; the answer: no"}),
        ("real", "text"): Forms({"a": other, "c": other}, {"b": "no JSON"}),
    }
    made = [Candidate("real", "text", path) for path in paths]
    tasks = [Task(path, (candidate,)) for path, candidate in zip(paths, made, strict=True)]
    tasks.append(Task(paths[0], (Candidate("real", "full", None, "missing"),)))
    found = audit_scores(tasks, answers, FileDigests(tmp_path / "digests.sqlite"))
    # 1 pair of 2 and 1 kinds; a count of 1 for 2; the same colour; neither has text; a setting that is gone.
    fields = [2 / 3, 0.5, 1.0, 1.0, 0.0]
    assert list(found[0].values) == list(COLUMNS)
    assert list(found[0].values.values()) == pytest.approx([*fields, sum(fields) / 5])
    assert len(found[0].gt_digest) == 32
    assert [score.status for score in found] == [
        "ok",
        "unscored: no form over it: no JSON",
        "unscored: no form over its ground truth: refused; the answer: no",
        "missing",
    ]
    assert [score.values for score in found[1:]] == [{}, {}, {}]
