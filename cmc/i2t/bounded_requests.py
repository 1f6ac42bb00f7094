"""Requests to a server that may be slow, busy, broken or hostile: bounded in time, in bytes and in tries."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from cmc.core.errors import reason

if TYPE_CHECKING:
    import openai

logger = logging.getLogger(__name__)

PASSING_STATUS = {408, 409, 429}
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 8.0
# What a server may ask for with Retry-After.
LONGEST_PAUSE_SECONDS = 60.0
CONNECT_SECONDS = 10.0
# By name, since the client comes with httpx or httpx2, depending on its version.
UNREACHABLE = {"ConnectError", "ConnectTimeout", "UnsupportedProtocol", "LocalProtocolError", "ProxyError"}


class AnswerTooLargeError(Exception):
    """The server sent more than an answer can be."""


def bounded_client(most_bytes: int, seconds: float) -> "openai.DefaultAsyncHttpxClient":
    """An HTTP client whose responses, errors too, are read to `most_bytes` at most, counted after decompression."""
    import openai

    class BoundedClient(openai.DefaultAsyncHttpxClient):
        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = await super().send(request, stream=True, **options)
            body = bytearray()
            try:
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > most_bytes:
                        raise AnswerTooLargeError(f"the answer is larger than {most_bytes} bytes")
            finally:
                await response.aclose()
            headers = [(name, value) for name, value in response.headers.multi_items() if name not in ENCODED]
            return type(response)(response.status_code, headers=headers, content=bytes(body), request=request)

    # Not compressed: what a megabyte unpacks to is only known once it fills the memory.
    plain = {"Accept-Encoding": "identity"}
    return BoundedClient(headers=plain, timeout=openai.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)))


ENCODED = {"content-encoding", "content-length", "transfer-encoding"}


async def tried_again(ask: Callable[[], Awaitable[bytes]], tries: int, seconds: float) -> bytes:
    """What `ask` answers, each try within `seconds` from connection to last byte, again after a passing failure."""
    import anyio
    import openai

    for number in range(1, tries + 1):
        try:
            with anyio.fail_after(seconds):
                return await ask()
        except openai.APIError as error:
            too_large = error.__cause__
            if isinstance(too_large, AnswerTooLargeError):
                raise too_large from None
            if number == tries or not _is_passing(error):
                raise
            logger.warning("waiting for the server, try %d of %d (%s)", number + 1, tries, _why(error))
            await anyio.sleep(_delay(error, number))
    raise AssertionError("the last try returns or raises")


def is_unreachable(error: "openai.APIError") -> bool:
    """Whether there is nobody to answer any picture."""
    return type(error.__cause__).__name__ in UNREACHABLE


def _is_passing(error: "openai.APIError") -> bool:
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.code != "insufficient_quota" and (error.status_code in PASSING_STATUS or error.status_code >= 500)
    if isinstance(error, openai.APITimeoutError):
        return is_unreachable(error)
    return isinstance(error, openai.APIConnectionError)


def _why(error: "openai.APIError") -> str:
    return reason(error if getattr(error, "response", None) is not None else error.__cause__ or error, 80)


def _delay(error: "openai.APIError", number: int) -> float:
    """Seconds until the next try: what the server asks for, or twice as long each time."""
    response = getattr(error, "response", None)
    asked = response.headers.get("retry-after", "") if response is not None else ""
    try:
        return min(max(float(asked), 0.0), LONGEST_PAUSE_SECONDS)
    except ValueError:  # none, or a date
        return min(FIRST_DELAY_SECONDS * 2 ** (number - 1), LONGEST_DELAY_SECONDS)
