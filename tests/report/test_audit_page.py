import re
from pathlib import Path

from cmc.audit.form import Form, FormObject
from cmc.report.audit_page import audit_page
from cmc.scores.audit_scores import COLUMNS
from cmc.stages.ask_forms import GT, Forms
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import Candidate, Task

TRUTH = Form((FormObject("dog", 2, "brown"), FormObject("cat", 1, ""), FormObject("ball", 1, "red")), "park", ("STOP",))
OTHER = Form((FormObject("cat", 1, ""), FormObject("dog", 3, "brown"), FormObject("<b>", 1, "")), "park", ("SHOP",))


def test_differences_are_marked_and_the_least_alike_come_first(tmp_path: Path) -> None:
    paths = {key: tmp_path / "GT" / f"{key} 1.png" for key in ("a", "b", "c")}
    results = tmp_path / "Result" / "real" / "text"
    tasks = [Task(path, (Candidate("real", "text", results / path.name),)) for path in paths.values()]
    keys = [f"{key} 1" for key in paths]
    answers = {
        (GT, ""): Forms(dict.fromkeys(keys, TRUTH), {}),
        ("real", "text"): Forms({keys[0]: TRUTH, keys[1]: OTHER}, {keys[2]: "no JSON"}),
    }
    values = (dict.fromkeys(COLUMNS, 1.0), dict.fromkeys(COLUMNS, 0.5), {})
    scores = [
        Score(f"{key}.png", "real", "text", value, "ok" if value else "unscored: no form over it: no JSON")
        for key, value in zip(keys, values, strict=True)
    ]
    folder = tmp_path / "Result" / "real" / "audit" / "tiny"
    page = audit_page("real", tasks, scores, answers, {"auditor": "tiny"}, folder, {results / "b 1.png"})
    assert re.findall("<h2>(.+)</h2>", page) == ["c 1.png", "b 1.png", "a 1.png"]
    nothing, different, same = page.split("<section>")[1:]
    assert "unscored: no form over it: no JSON" in nothing
    assert re.findall('<mark class="(.+?)">(.+?)</mark>', different) == [
        ("other", "3 × brown dog"),
        ("lost", "1 × red ball"),
        ("new", "1 × &lt;b&gt;"),
        ("other", "“SHOP”"),
    ]
    assert "<mark" not in same
    assert [part.count("<details>") for part in (nothing, different, same)] == [0, 1, 0]
    assert re.search(r'flagged: show</summary>\s*<a href="../../text/b%201.png">', different)
    assert '<img src="../../../../GT/a%201.png"' in same
    assert '<img src="../../text/a%201.png"' in same
