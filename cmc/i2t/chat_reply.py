"""What a chat server sent back, read with mistrust: any bytes come to an answer, a caption or the reason for none."""

import json
from typing import TypeAlias

from cmc.core.errors import reason
from cmc.i2t.base import Answer

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

# How servers say that the model came to its own end: OpenAI's API; TGI; Anthropic's and others behind a proxy.
FINISHED = frozenset({"stop", "eos", "eos_token", "stop_sequence", "end_turn"})
CUT = frozenset({"length", "max_tokens", "model_length", "max_output_tokens"})
THOUGHTS = frozenset({"thinking", "reasoning", "redacted_thinking", "reasoning_text"})


class NoCaptionError(Exception):
    """Why a reply holds no caption."""


def read_reply(body: bytes) -> Answer:
    """The answer in the body of a chat completion."""
    try:
        reply: Json = json.loads(body)
    except (ValueError, RecursionError):
        reply = None
    if not isinstance(reply, dict):
        beginning = body[:400].decode("utf-8", "replace")
        return Answer(error=f"the server sent no answer but {reason(beginning, 60) if beginning else 'nothing'!r}")
    model = reply.get("model")
    model = model if isinstance(model, str) else ""
    try:
        return Answer(_caption(reply), model=model, tokens=_tokens(reply))
    except NoCaptionError as error:
        return Answer(error=str(error), model=model, tokens=_tokens(reply))


def _tokens(reply: dict[str, Json]) -> int:
    """How many the server says that its model wrote; 0 where it says nothing of the kind."""
    usage = reply.get("usage")
    tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens > 0 else 0


def _caption(reply: dict[str, Json]) -> str:
    """The text of the first choice. Raises NoCaptionError."""
    if reply.get("error"):
        raise NoCaptionError(f"the server answered with an error: {reason(_message(reply['error']))}")
    choices = reply.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise NoCaptionError(f"the server sent no answer but {reason(json.dumps(reply), 60)!r}")
    message = choice.get("message")
    refusal = message.get("refusal") if isinstance(message, dict) else None
    if refusal:
        raise NoCaptionError(f"refused: {reason(str(refusal))}")
    _check_finish(choice)
    if not isinstance(message, dict):
        raise NoCaptionError("the server sent a choice without a message")
    return _text(message.get("content"))


def _message(error: Json) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else json.dumps(error)


def _check_finish(choice: dict[str, Json]) -> None:
    """Raises NoCaptionError unless the model came to its end; a server that never speaks of it is believed."""
    finish = choice.get("finish_reason", "stop")
    word = finish.lower() if isinstance(finish, str) else finish
    if word == "content_filter":
        raise NoCaptionError("refused: content filter")
    if isinstance(word, str) and word in CUT:
        raise NoCaptionError(f"the answer was cut off (finish_reason {word}); give the server more tokens")
    if not isinstance(word, str) or word not in FINISHED:
        raise NoCaptionError(f"the answer did not come to its end (finish_reason {reason(json.dumps(finish), 60)})")
    if choice.get("error"):
        raise NoCaptionError(f"the server answered with an error: {reason(_message(choice['error']))}")


def _text(content: Json) -> str:
    """The words of a message; parts of a list are joined, thoughts among them left out. Raises NoCaptionError."""
    if content is None:
        raise NoCaptionError("the model answered nothing")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise NoCaptionError(f"the server sent no text but {reason(json.dumps(content), 60)!r}")
    texts = [_part(part).strip() for part in content]
    return " ".join(text for text in texts if text)


def _part(part: Json) -> str:
    if isinstance(part, str):
        return part
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict) and kind == "refusal":
        raise NoCaptionError(f"refused: {reason(str(part.get('refusal')))}")
    if kind in THOUGHTS:
        return ""
    text = part.get("text") if isinstance(part, dict) and kind in {"text", "output_text"} else None
    if not isinstance(text, str):
        raise NoCaptionError(f"the server sent no text but {reason(json.dumps(part), 60)!r}")
    return text
