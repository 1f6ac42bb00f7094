import gzip
import json
import re
from typing import Any

import pytest
from PIL import Image

from cmc.audit.form import QUESTION, SCHEMA
from cmc.core.errors import CMCError
from cmc.i2t.base import Answer
from cmc.i2t.openai_api import ApiCaptioner, data_url
from cmc.i2t.prompts import PROMPTS
from cmc.registry import I2T
from tests.chat_server import Behaviour, ChatServer
from tests.conftest import photo

PICTURE = photo("coffee.png").resize((30, 20))


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setattr("cmc.i2t.bounded_requests.FIRST_DELAY_SECONDS", 0.01)


def _ask(behaviour: Behaviour, retries: int = 3, **bounds: Any) -> tuple[ChatServer, Answer]:
    with ChatServer(behaviour) as server:
        captioner = ApiCaptioner("tiny", server.url, max_retries=retries, **bounds)
        return server, captioner.caption([PICTURE], PROMPTS[10])[0]


def test_the_very_picture_and_prompt_are_sent_and_the_answered_model_is_kept() -> None:
    sent: list[bytes] = []

    def behaviour(picture: Image.Image, asked: int) -> tuple[int, str, dict[str, str]]:
        sent.append(picture.tobytes())
        return 200, " A cup of coffee. ", {}

    server, answer = _ask(behaviour)
    assert (answer.text, answer.error, answer.model) == (" A cup of coffee. ", "", "tiny-2024-01-01")
    assert sent == [PICTURE.tobytes()]
    assert server.requests[0]["messages"][0]["content"][1]["text"] == PROMPTS[10]
    assert server.requests[0]["temperature"] == 0
    assert server.headers[0]["authorization"] == "Bearer secret"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_tried_again(status: int) -> None:
    server, answer = _ask(lambda picture, asked: (status, "busy", {}) if asked < 3 else (200, "cup", {}))
    assert answer.text == "cup"
    assert len(server.requests) == 3


def test_a_lasting_failure_is_recorded_never_captioned() -> None:
    server, answer = _ask(lambda picture, asked: (429, "slow down", {}), retries=2)
    assert answer.text == ""
    assert "slow down" in answer.error
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("content", "more", "why"),
    [
        ("I'm sorry", {"refusal": "I'm sorry, I can't help with that."}, "refused: I'm sorry, I can't"),
        ("partial", {"finish_reason": "content_filter"}, "refused: content filter"),
    ],
)
def test_refused_answers_are_failures(content: str, more: dict[str, str], why: str) -> None:
    _, answer = _ask(lambda picture, asked: (200, content, more))
    assert answer.text == ""
    assert why in answer.error
    assert answer.model == "tiny-2024-01-01"


def test_one_bad_picture_is_recorded() -> None:
    _, answer = _ask(lambda picture, asked: (400, "image too odd", {}))
    assert "image too odd" in answer.error


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, None, "refuses the key in OPENAI_API_KEY"),
        (404, None, "no model 'tiny' at http.* end --base_url in /v1"),
        (429, "insufficient_quota", "no quota left"),
    ],
)
def test_what_hits_every_picture_stops_the_run(status: int, code: str | None, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        _ask(lambda picture, asked: (status, "no", {"code": code}), retries=0)


def test_a_model_that_cannot_answer_greedily_stops_the_run() -> None:
    with pytest.raises(CMCError, match=r"cannot answer greedily .*only the default"):
        _ask(lambda picture, asked: (400, "only the default (1) is supported", {"param": "temperature"}))


def test_a_web_page_is_no_answer() -> None:
    _, answer = _ask(lambda picture, asked: (200, "<html>Welcome</html>", {"page": "yes"}))
    assert answer.text == ""
    assert "no answer but '<html>Welcome" in answer.error


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"7", b'"a cup"', b"{", b"[" * 200_000, b"\xff\xfe", b"{}", b'{"choices": []}',
     b'{"choices": "a cup"}', b'{"choices": [null]}', b'{"choices": [[]]}', b'{"choices": [{}]}'],
)  # fmt: skip
def test_a_body_of_another_shape_is_no_answer(body: bytes) -> None:
    _, answer = _ask(lambda picture, asked: (200, "", {"body": body}))
    assert answer.text == ""
    assert answer.error.startswith("the server sent ")


@pytest.mark.parametrize("finish", ["length", "max_tokens", "error", "tool_calls", "abort", "SAFETY", "", None, 3])
def test_an_answer_that_did_not_end_by_itself_is_no_caption(finish: Any) -> None:
    _, answer = _ask(lambda picture, asked: (200, "A cup on a", {"finish_reason": finish}))
    assert answer.text == ""
    assert "finish_reason" in answer.error


@pytest.mark.parametrize("finish", ["stop", "STOP", "eos_token", "end_turn"])
def test_an_answer_that_ended_is_a_caption(finish: str) -> None:
    assert _ask(lambda picture, asked: (200, "A cup.", {"finish_reason": finish}))[1].text == "A cup."


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "A cup"}, {"type": "text", "text": "on a table."}], "A cup on a table."),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "A cup."}],
         "A cup."),
        (["A cup."], "A cup."),
    ],
)  # fmt: skip
def test_the_text_parts_of_a_list_are_joined(content: list[Any], text: str) -> None:
    assert _ask(lambda picture, asked: (200, content, {}))[1] == Answer(text, model="tiny-2024-01-01")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "answered nothing"),
        (5, "no text but '5'"),
        ({"text": "A cup"}, "no text but"),
        ([{"type": "image_url", "image_url": {"url": "x"}}], "no text but .*image_url"),
        ([{"type": "text", "text": "A cup"}, {"type": "audio", "data": "x"}], "no text but .*audio"),
        ([{"type": "text", "text": None}], "no text but"),
        ([{"type": "refusal", "refusal": "I won't"}], "refused: I won't"),
        ([None], "no text but 'null'"),
    ],
)
def test_content_that_is_no_text_is_no_caption(content: Any, why: str) -> None:
    _, answer = _ask(lambda picture, asked: (200, content, {}))
    assert answer.text == ""
    assert re.search(why, answer.error)


@pytest.mark.parametrize("message", [None, "A cup", [], {"content": None, "reasoning_content": "A cup"}, {}])
def test_a_message_without_content_is_no_caption(message: Any) -> None:
    _, answer = _ask(lambda picture, asked: (200, "", {"message": message}))
    assert answer.text == ""
    assert answer.error


def test_an_error_in_a_good_reply_is_a_failure() -> None:
    body = json.dumps({"error": {"message": "\x1b[31mno \x1b]0;owned\x07provider\x00", "code": 502}}).encode()
    _, answer = _ask(lambda picture, asked: (200, "", {"body": body}))
    assert answer.error == "the server answered with an error: no provider"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_endless_body_is_cut(status: int) -> None:
    more = {"endless": b" " * 65536, "body": b""}
    _, answer = _ask(lambda picture, asked: (status, "", more), most_bytes=2**20)
    assert answer.error == "the answer is larger than 1048576 bytes"


def test_a_small_body_that_unpacks_to_a_large_one_is_cut() -> None:
    packed = gzip.compress(b" " * 2**22)
    _, answer = _ask(lambda picture, asked: (200, "", {"body": packed, "encoding": "gzip"}), most_bytes=2**20)
    assert answer.error == "the answer is larger than 1048576 bytes"


@pytest.mark.parametrize("more", [{"drip": 0.05}, {"drip_headers": 0.05}])
def test_a_drip_is_given_up_at_the_deadline_and_not_tried_again(more: dict[str, Any]) -> None:
    server, answer = _ask(lambda picture, asked: (200, "A cup. " * 50, more), timeout=0.5)
    assert answer.error == "no answer within 0.5 s"
    assert len(server.requests) == 1


def test_a_connection_that_breaks_off_fails_one_picture() -> None:
    server, answer = _ask(lambda picture, asked: (200, "A cup.", {"cut": 10}), retries=1)
    assert "the connection broke off" in answer.error
    assert len(server.requests) == 2


def test_it_says_that_it_waits(caplog: pytest.LogCaptureFixture) -> None:
    _ask(lambda picture, asked: (503, "\x1b[2Jbusy", {}) if asked < 3 else (200, "cup", {}), retries=6)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("cmc")]
    assert [words[:36] for words in said] == [f"waiting for the server, try {number} of 7 (" for number in (2, 3)]
    assert "busy" in said[0]
    assert "\x1b" not in said[0]


def test_no_server_and_no_key_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CMCError, match="no server at"):
        ApiCaptioner("tiny", "http://127.0.0.1:9/v1", max_retries=0).caption([PICTURE], "x")
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(CMCError, match="needs a key in the environment variable OPENAI_API_KEY"):
        I2T.get("gpt-4o").create("gpt-4o", None, None)
    with pytest.raises(CMCError, match="needs --base_url"):
        I2T.get("api").create(None, None, None)


def test_large_pictures_are_scaled_down_and_others_sent_as_they_are() -> None:
    big = Image.new("RGB", (4096, 1000))
    assert len(data_url(big)) < len(data_url(photo("coffee.png"))) * 4
    assert big.size == (4096, 1000)


@pytest.mark.parametrize(("json_schema", "prompt", "sent"), [(True, 0, True), (False, 0, False), (True, 1, False)])
def test_the_schema_goes_with_the_audits_question_where_that_is_asked_for(
    json_schema: bool, prompt: int, sent: bool
) -> None:
    with ChatServer(lambda picture, asked: (200, "{}", {})) as server:
        captioner = ApiCaptioner("tiny", server.url, json_schema=json_schema)
        captioner.caption([PICTURE], (QUESTION, PROMPTS[10])[prompt])
    asked_for = {"type": "json_schema", "json_schema": {"name": "form", "schema": SCHEMA, "strict": True}}
    assert server.requests[0].get("response_format") == (asked_for if sent else None)
