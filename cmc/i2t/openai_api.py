"""Any OpenAI-compatible chat API: GPT-4o, or a server of vLLM, SGLang, Ollama."""

import base64
import io
import os
from typing import TYPE_CHECKING

from PIL import Image

from cmc.core.errors import CMCError, reason
from cmc.core.facts import Option, positive
from cmc.core.run_file import Document
from cmc.i2t.base import Answer, Captioner
from cmc.registry import I2T

if TYPE_CHECKING:
    import torch
    from openai.types.chat import ChatCompletion, ChatCompletionUserMessageParam

KEY = "OPENAI_API_KEY"
IN_FLIGHT = 8
# Servers scale larger pictures down themselves; GPT-4o to this.
MOST_PIXELS_A_SIDE = 2048
TIMEOUT_SECONDS = 120.0


class ApiCaptioner(Captioner):
    """One request a picture, `in_flight` at once; the client waits and tries again on 429, 5xx and lost connections."""

    def __init__(self, model: str, base_url: str | None, in_flight: int = IN_FLIGHT, max_retries: int = 6) -> None:
        import openai

        key = os.environ.get(KEY)
        if not key and not base_url:
            raise CMCError(f"{model} needs a key in the environment variable {KEY}, or a server with --base_url")
        self._client = openai.OpenAI(
            base_url=base_url, api_key=key or "none", max_retries=max_retries, timeout=TIMEOUT_SECONDS
        )
        self._model, self.in_flight = model, in_flight

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        return [self._ask(image, prompt) for image in images]

    def describe(self) -> Document:
        return {"checkpoint": self._model, "base_url": str(self._client.base_url)}

    def _ask(self, image: Image.Image, prompt: str) -> Answer:
        import openai

        message: ChatCompletionUserMessageParam = {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": data_url(image)}},
                {"type": "text", "text": prompt},
            ],
        }
        try:
            completion = self._client.chat.completions.create(model=self._model, messages=[message], temperature=0)
        except openai.APITimeoutError:
            return Answer(error=f"no answer within {TIMEOUT_SECONDS:.0f} s")
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise CMCError(f"the server refuses the key in {KEY} ({reason(error)}); set another") from error
        except openai.NotFoundError as error:
            problem = f"no model {self._model!r} at {self._client.base_url} ({reason(error)})"
            raise CMCError(f"{problem}; name another with --model_dir, or end --base_url in /v1") from error
        except openai.APIConnectionError as error:
            raise CMCError(f"no server at {self._client.base_url} ({reason(error)}); see --base_url") from error
        except openai.APIError as error:
            if error.code == "insufficient_quota":
                raise CMCError(f"the account has no quota left ({reason(error)})") from error
            if error.param == "temperature":
                raise CMCError(f"{self._model} cannot answer greedily ({reason(error)}); take another model") from error
            return Answer(error=reason(error))
        return _read_answer(completion)


def _read_answer(completion: "ChatCompletion | str") -> Answer:
    if isinstance(completion, str) or not completion.choices:  # a web page where a chat API should be comes as its text
        return Answer(error=f"the server sent no answer but {reason(str(completion), 60)!r}")
    choice = completion.choices[0]
    refusal = getattr(choice.message, "refusal", None)
    if refusal or choice.finish_reason == "content_filter":
        return Answer(error=f"refused: {reason(refusal or 'content filter')}", model=completion.model)
    return Answer(choice.message.content or "", model=completion.model or "")


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
) -> Captioner:
    """OpenAI's API; `checkpoint` is the model id, since dated ids are being retired."""
    return ApiCaptioner(checkpoint, base_url, in_flight)


@I2T.register("api", needs=["openai"], licence="the served model's", options=_OPTIONS, remote=True)
def api(
    checkpoint: str | None,
    device: "torch.device | None" = None,
    dtype: "torch.dtype | None" = None,
    base_url: str | None = None,
    in_flight: int = IN_FLIGHT,
) -> Captioner:
    """A server of your own. Raises CMCError without a `base_url` and a model id in `checkpoint`."""
    if not base_url or not checkpoint:
        raise CMCError("api needs --base_url http://HOST:PORT/v1 and the served model's id in --model_dir")
    return ApiCaptioner(checkpoint, base_url, in_flight)


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
) -> Captioner:
    """mPLUG-Owl2 on a server of your own; raises CMCError, saying why and how, without a `base_url`."""
    if not base_url:
        raise CMCError(
            "mplug-owl2 is remote code for transformers 4.3x that no longer runs in this process; serve it from an "
            'environment of its own behind an OpenAI-compatible API and give --base_url (docs/models.md, "mPLUG-Owl2")'
        )
    return ApiCaptioner(checkpoint, base_url, in_flight)
