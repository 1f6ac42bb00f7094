import pytest
from PIL import Image

from cmc.core.errors import CMCError
from cmc.i2t.openai_api import ApiCaptioner, data_url
from cmc.i2t.prompts import PROMPTS
from cmc.registry import I2T
from tests.chat_server import Behaviour, ChatServer
from tests.conftest import photo

PICTURE = photo("coffee.png").resize((30, 20))


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.02)
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)


def _ask(behaviour: Behaviour, retries: int = 3) -> tuple[ChatServer, object]:
    with ChatServer(behaviour) as server:
        captioner = ApiCaptioner("tiny", server.url, max_retries=retries)
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
