"""`cmc audit` by a local server: what it asks, what it keeps, what it says of answers that are none."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from cmc.audit.form import QUESTION, Form, FormObject
from cmc.cli.audit import main
from cmc.core.captions import read_captions
from cmc.core.failed_csv import read_failures
from cmc.core.tables import read_csv
from cmc.scores.score_file import read_scores
from tests.chat_server import ChatServer
from tests.conftest import blur_all
from tests.flagged import save_verdicts

TRUTH = Form((FormObject("cup", 1, "white"), FormObject("spoon", 2, "")), "table", ("MENU",))
CHANGED = Form((FormObject("cups", 1, "red"),), "a table", ("MENU",))
REFUSAL = "I'm sorry, but I can't help with that."
# Over the reconstructions of the first mode, in the order of their names.
REPLIES = [
    CHANGED.to_json(),
    f"Here it is:\n```json\n{CHANGED.to_json()[:-1]},\n}}\n```",
    REFUSAL,
    CHANGED.to_json()[:50],
    TRUTH.to_json(),
]


class Auditor:
    """A server that answers by picture: `replies` over those of full mode, TRUTH over all others."""

    def __init__(self, space: Path) -> None:
        self.space, self.replies = space, list(REPLIES)
        self.server = ChatServer(lambda picture, _: (200, self._reply(picture), {}))

    def _reply(self, picture: Image.Image) -> str:
        for path, reply in zip(sorted((self.space / "Result/real/full").glob("*.png")), self.replies, strict=True):
            if Image.open(path).convert("RGB").tobytes() == picture.convert("RGB").tobytes():
                return reply
        return TRUTH.to_json()

    def run(self, *more: str) -> int:
        named = ["--model_name", "api", "--model_dir", "tiny", "--base_url", self.server.url]
        return main(["--root", str(self.space), *named, *more])

    @property
    def asked(self) -> int:
        return len(self.server.requests)


@pytest.fixture
def auditor(space: Path) -> Iterator[Auditor]:
    blur_all(space, "real", {"full": 4, "text": 16})
    auditor = Auditor(space)
    with auditor.server:
        yield auditor


def test_answers_become_scores_and_those_that_are_none_fail_by_name(
    auditor: Auditor, capsys: pytest.CaptureFixture[str]
) -> None:
    space, folder = auditor.space, auditor.space / "Result/real/audit/api"
    assert auditor.run() == 1
    said = capsys.readouterr().out
    assert auditor.asked == 15
    assert {request["messages"][0]["content"][1]["text"] for request in auditor.server.requests} == {QUESTION}
    names = sorted(path.name for path in (space / "GT").iterdir())
    assert set(read_captions(space / "Text/api-audit.csv").values()) == {TRUTH.to_json()}
    assert list(read_captions(folder / "full.csv").values()) == [REPLIES[0], REPLIES[1], REPLIES[4]]
    assert read_failures(folder / "full.failed.csv") == {
        names[2]: f"refused; the answer: {REFUSAL}",
        names[3]: f"no JSON that can be read; the answer: {REPLIES[3]}",
    }
    assert "5 of 5 ground truths, 10 kinds of objects, 5 with text" in said
    assert "the same command asks again where there was no form" in said
    assert "These means are over 8 of 10 pictures, not over all" in said
    assert f"{names[2]} (full): unscored: no form over it: refused; the answer: I'm sorry" in said

    scores = {(score.name, score.mode): score for score in read_scores(folder / "scores.csv").scores}
    # Of 2 and 1 kinds one pair, of another colour; all else is the same.
    expected = {"vqa_objects": 2 / 3, "vqa_counts": 1, "vqa_colours": 0, "vqa_text": 1, "vqa_setting": 1}
    expected["vqa"] = (2 / 3 + 3) / 5
    for name in names[:2]:
        assert scores[name, "full"].values == pytest.approx(expected, abs=1e-6)
    assert not scores[names[2], "full"].values
    cells = {(row["mode"], row["content_type"]): row for row in read_csv(folder / "summary.csv", ("vqa",))}
    assert float(cells["full", "all"]["vqa"]) == pytest.approx((2 * expected["vqa"] + 1) / 3, abs=1e-6)
    assert (cells["full", "all"]["n"], cells["full", "all"]["missing"]) == ("3", "2")
    assert float(cells["text", "SCI"]["vqa"]) == 1
    assert '<mark class="lost">2 × spoon</mark>' in (folder / "audit.html").read_text(encoding="utf-8")


def test_only_what_is_not_there_or_stale_is_asked_for(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    assert auditor.run() == 1
    asked = auditor.asked
    auditor.replies = [TRUTH.to_json()] * 5
    assert auditor.run() == 0
    assert auditor.asked == asked + 2
    assert auditor.run() == 0
    assert auditor.asked == asked + 2
    assert "nothing to ask, so api is not loaded" in capsys.readouterr().out
    picture = next((auditor.space / "Result/real/text").glob("*.png"))
    Image.open(picture).rotate(180).save(picture)
    assert auditor.run() == 0
    assert auditor.asked == asked + 3
    expected = "1 of 5 answers over real/text were stale and are made anew: 1 from another picture, question or model"
    assert expected in capsys.readouterr().out
    assert auditor.run("--overwrite") == 0
    assert auditor.asked == asked + 3 + 15


def test_ground_truths_are_asked_about_once_for_all_results(auditor: Auditor) -> None:
    blur_all(auditor.space, "other", {"text": 8})
    auditor.replies = [TRUTH.to_json()] * 5
    assert auditor.run("--limit", "2", "--target", "real", "other") == 0
    assert auditor.asked == 2 + 2 * 3
    blur_all(auditor.space, "third", {"text": 12})
    assert auditor.run("--limit", "2", "--target", "third") == 0
    assert auditor.asked == 2 + 2 * 4


def _hand_edit(folder: Path) -> None:
    text = (folder / "full.csv").read_text(encoding="utf-8")
    (folder / "full.csv").write_text(text.replace("cups", "").replace("red", "blue"), encoding="utf-8")


def test_an_answer_spoilt_by_hand_is_no_form(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    auditor.replies = [CHANGED.to_json(), *[TRUTH.to_json()] * 4]
    assert auditor.run("--limit", "1") == 0
    _hand_edit(auditor.space / "Result/real/audit/api")
    assert auditor.run("--limit", "1") == 1
    assert "unscored: no form over it: an object has no name" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--model_dir", "another"], "checkpoint: 'tiny' there, 'another' now"),
        (["--target", "rael"], "Did you mean 'real'?"),
        (["--audit_name", "a/b"], "is not a plain file name"),
    ],
)
def test_what_cannot_be_is_one_line(
    auditor: Auditor, flags: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    auditor.replies = [TRUTH.to_json()] * 5
    assert auditor.run("--limit", "1") == 0
    assert auditor.run("--limit", "1", *flags) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert told in error


def test_an_encoder_that_cannot_be_asked_says_so(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(auditor.space), "--model_name", "blip2"]) == 2
    assert "blip2 has no audit layout, it captions in its own way" in capsys.readouterr().err


def test_another_name_keeps_two_audits_apart(auditor: Auditor) -> None:
    auditor.replies = [TRUTH.to_json()] * 5
    assert auditor.run("--limit", "1") == 0
    assert auditor.run("--limit", "1", "--model_dir", "another", "--audit_name", "second") == 0
    files = [read_scores(auditor.space / "Result/real/audit" / name / "scores.csv") for name in ("api", "second")]
    assert [file.settings["checkpoint"] for file in files] == ["tiny", "another"]
    assert files[0].settings["limit"] == "1"
    assert files[0].settings["asked"] != files[1].settings["asked"]


def test_a_missing_picture_is_an_error_unless_told_to_go_on(
    auditor: Auditor, capsys: pytest.CaptureFixture[str]
) -> None:
    auditor.replies = [TRUTH.to_json()] * 5
    next((auditor.space / "Result/real/text").glob("SCI*.png")).unlink()
    assert auditor.run() == 2
    assert "SCI_screen_002" in capsys.readouterr().err
    assert auditor.run("--allow_partial") == 1
    said = capsys.readouterr().out
    assert "over 9 of 10 pictures" in said
    assert "asks again" not in said


def test_a_flagged_picture_is_hidden_until_it_is_asked_for(auditor: Auditor) -> None:
    auditor.replies = [TRUTH.to_json()] * 5
    first, *_ = names = sorted(path.name for path in (auditor.space / "GT").iterdir())
    save_verdicts(auditor.space / "Result/real/text", names, {first})
    assert auditor.run() == 0
    page = (auditor.space / "Result/real/audit/api/audit.html").read_text(encoding="utf-8")
    assert page.count("<details>") == 1
    assert re.search(rf'flagged: show</summary>\s*<a href="../../text/{first}">', page)


def test_the_flag_holds_a_server_to_the_schema(auditor: Auditor) -> None:
    auditor.replies = [TRUTH.to_json()] * 5
    assert auditor.run("--json_schema", "--limit", "1") == 0
    assert {json.dumps(request["response_format"]["json_schema"]["name"]) for request in auditor.server.requests} == {
        '"form"'
    }
    run = json.loads((auditor.space / "Text/api-audit.run.json").read_text(encoding="utf-8"))
    assert run["settings"]["options"]["json_schema"] is True
    assert run["settings"]["layout"] == "audit"
