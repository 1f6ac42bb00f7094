"""Any OpenAI-compatible chat API: GPT-4o, or a server of vLLM, SGLang, Ollama."""

import base64
import io
import os
from typing import TYPE_CHECKING

from PIL import Image

from cmc.audit.form import QUESTION, SCHEMA
from cmc.core.errors import CMCError, reason
from cmc.core.facts import Option, positive
from cmc.core.run_file import Document
from cmc.i2t.base import Answer, Captioner
from cmc.i2t.bounded_requests import AnswerTooLargeError, bounded_client, is_unreachable, tried_again
from cmc.i2t.chat_reply import read_reply
from cmc.registry import I2T

if TYPE_CHECKING:
    import openai
    import torch
    from openai.types.chat import ChatCompletionUserMessageParam

KEY = "OPENAI_API_KEY"
IN_FLIGHT = 8
# Servers scale larger pictures down themselves; GPT-4o to this.
MOST_PIXELS_A_SIDE = 2048
TIMEOUT_SECONDS = 120.0
# Thousands of times a caption, and room for long thoughts.
MOST_BYTES = 4 * 2**20
# As a server's `response_format`.
_FORM = {"type": "json_schema", "json_schema": {"name": "form", "schema": SCHEMA, "strict": True}}


class ApiCaptioner(Captioner):
    """One request a picture, `in_flight` at once, tried again on 429, 5xx and lost connections.

    `timeout` is seconds for a whole answer, however it drips in, `most_bytes` the size that it may have; json_schema:
    the server is sent the schema of the audit's form with its question, to hold the model to.
    """

    def __init__(
        self,
        model: str,
        base_url: str | None,
        in_flight: int = IN_FLIGHT,
        max_retries: int = 6,
        timeout: float = TIMEOUT_SECONDS,
        most_bytes: int = MOST_BYTES,
        json_schema: bool = False,
    ) -> None:
        import openai

        self._key = os.environ.get(KEY)
        if not self._key and not base_url:
            raise CMCError(f"{model} needs a key in the environment variable {KEY}, or a server with --base_url")
        self._url = str(openai.OpenAI(base_url=base_url, api_key=self._key or "none").base_url)
        self._model, self.in_flight = model, in_flight
        self._tries, self._timeout, self._most_bytes = max_retries + 1, timeout, most_bytes
        self._json_schema = json_schema

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        return [self._ask(image, prompt) for image in images]

    def describe(self) -> Document:
        return {"checkpoint": self._model, "base_url": self._url}

    def _ask(self, image: Image.Image, prompt: str) -> Answer:
        import openai
        from anyio.from_thread import start_blocking_portal

        message: ChatCompletionUserMessageParam = {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": data_url(image)}},
                {"type": "text", "text": prompt},
            ],
        }
        try:
            with start_blocking_portal() as portal:  # a loop of its own, since a notebook has one running
                return read_reply(portal.call(self._request, message, self._json_schema and prompt == QUESTION))
        except (TimeoutError, openai.APITimeoutError):
            return Answer(error=f"no answer within {self._timeout:g} s")
        except AnswerTooLargeError as error:
            return Answer(error=str(error))
        except openai.APIError as error:
            return self._failure(error)

    async def _request(self, message: "ChatCompletionUserMessageParam", as_form: bool) -> bytes:
        """The body of the answer. Raises TimeoutError, AnswerTooLargeError, or the client's error of the last try."""
        import openai

        client_of_http = bounded_client(self._most_bytes, self._timeout)
        async with openai.AsyncOpenAI(
            base_url=self._url, api_key=self._key or "none", max_retries=0, http_client=client_of_http
        ) as client:
            completions = client.chat.completions.with_raw_response
            more = {"response_format": _FORM} if as_form else None

            async def ask() -> bytes:
                response = await completions.create(
                    model=self._model, messages=[message], temperature=0, extra_body=more
                )
                return response.http_response.content

            return await tried_again(ask, self._tries, self._timeout)

    def _failure(self, error: "openai.APIError") -> Answer:
        """The reason why this picture has no caption. Raises CMCError for what hits every picture."""
        import openai

        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            raise CMCError(f"the server refuses the key in {KEY} ({reason(error)}); set another") from error
        if isinstance(error, openai.NotFoundError):
            problem = f"no model {self._model!r} at {self._url} ({reason(error)})"
            raise CMCError(f"{problem}; name another with --model_dir, or end --base_url in /v1") from error
        if isinstance(error, openai.APIConnectionError):
            cause = reason(error.__cause__ or error)
            if not is_unreachable(error):
                return Answer(error=f"the connection broke off ({cause})")
            raise CMCError(f"no server at {self._url} ({cause}); see --base_url") from error
        if error.code == "insufficient_quota":
            raise CMCError(f"the account has no quota left ({reason(error)})") from error
        if error.param == "temperature":
            raise CMCError(f"{self._model} cannot answer greedily ({reason(error)}); take another model") from error
        return Answer(error=reason(error))


def data_url(image: Image.Image) -> str:
    """A PNG, lossless, as a data URL; longest side 2048 pixels at most."""
    if max(image.size) > MOST_PIXELS_A_SIDE:
        image = image.copy()
        image.thumbnail((MOST_PIXELS_A_SIDE, MOST_PIXELS_A_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


_OPTIONS = {
    "base_url": Option(str, "URL of an OpenAI-compatible server; the key comes from OPENAI_API_KEY"),
    "in_flight": Option(positive, f"requests to a server at once (default: {IN_FLIGHT})", changes_output=False),
    "json_schema": Option(bool, "send a server the schema of the form of cmc audit, if it takes a response_format"),
}


@I2T.register(
    "gpt-4o", needs=["openai"], checkpoint="gpt-4o", licence="OpenAI's terms", options=_OPTIONS, remote=True, words=20
)
def gpt_4o(
    checkpoint: str,
    device: "torch.device | None" = None,
    dtype: "torch.dtype | None" = None,
    base_url: str | None = None,
    in_flight: int = IN_FLIGHT,
    json_schema: bool = False,
) -> Captioner:
    """OpenAI's API; `checkpoint` is the model id, since dated ids are being retired."""
    return ApiCaptioner(checkpoint, base_url, in_flight, json_schema=json_schema)


@I2T.register("api", needs=["openai"], licence="the served model's", options=_OPTIONS, remote=True)
def api(
    checkpoint: str | None,
    device: "torch.device | None" = None,
    dtype: "torch.dtype | None" = None,
    base_url: str | None = None,
    in_flight: int = IN_FLIGHT,
    json_schema: bool = False,
) -> Captioner:
    """A server of your own. Raises CMCError without a `base_url` and a model id in `checkpoint`."""
    if not base_url or not checkpoint:
        raise CMCError("api needs --base_url http://HOST:PORT/v1 and the served model's id in --model_dir")
    return ApiCaptioner(checkpoint, base_url, in_flight, json_schema=json_schema)


@I2T.register(
    "mplug-owl2",
    needs=["openai"],
    checkpoint="MAGAer13/mplug-owl2-llama2-7b",
    licence="Apache-2.0",
    options=_OPTIONS,
    remote=True,
    words=20,
)
def mplug_owl2(
    checkpoint: str,
    device: "torch.device | None" = None,
    dtype: "torch.dtype | None" = None,
    base_url: str | None = None,
    in_flight: int = IN_FLIGHT,
    json_schema: bool = False,
) -> Captioner:
    """mPLUG-Owl2 on a server of your own; raises CMCError, saying why and how, without a `base_url`."""
    if not base_url:
        raise CMCError(
            "mplug-owl2 is remote code for transformers 4.3x that no longer runs in this process; serve it from an "
            'environment of its own behind an OpenAI-compatible API and give --base_url (docs/models.md, "mPLUG-Owl2")'
        )
    return ApiCaptioner(checkpoint, base_url, in_flight, json_schema=json_schema)
