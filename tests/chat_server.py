"""A local HTTP server that speaks the OpenAI chat API as far as an encoder needs, and fails as real ones do."""

import base64
import contextlib
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

# What to answer to a picture (RGB): status, content or error message, and further fields of the choice. Others:
# `message` in place of the whole one, `body` (bytes) in place of the whole reply, `endless` (bytes, sent again and
# again), `drip` (seconds between two bytes), `drip_headers` (seconds between two bytes of an endless header),
# `encoding` of the body, `cut` (bytes that are announced and never come).
Behaviour = Callable[[Image.Image, int], tuple[int, Any, dict[str, Any]]]


class ChatServer:
    """`with ChatServer(behaviour) as server: ... server.url`; `behaviour(picture, how many times it was asked)`."""

    def __init__(self, behaviour: Behaviour, delay: float = 0.0) -> None:
        self.behaviour, self.delay = behaviour, delay
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.most_at_once = 0
        self.closed = threading.Event()
        self._now, self._asked, self._lock = 0, Counter[bytes](), threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "ChatServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any, dict[str, Any]]:
        url = request["messages"][0]["content"][0]["image_url"]["url"]
        data = base64.b64decode(url.split(",", 1)[1])
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            self._asked[data] += 1
            asked = self._asked[data]
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        time.sleep(self.delay)
        status, content, more = self.behaviour(Image.open(io.BytesIO(data)), asked)
        with self._lock:
            self._now -= 1
        if more.get("page"):
            return status, content, more
        if "body" in more:
            return status, more["body"], more
        if status != 200:
            about = {"param": more.get("param"), "code": more.get("code")}
            return status, {"error": {"message": content, "type": "error", **about}}, more
        message = {"role": "assistant", "content": content, "refusal": more.get("refusal")}
        message = more.get("message", message)
        choice = {"index": 0, "message": message, "finish_reason": more.get("finish_reason", "stop")}
        return 200, {
            "id": "x", "object": "chat.completion", "created": 0, "model": "tiny-2024-01-01", "choices": [choice]
        }, more  # fmt: skip

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {key.lower(): value for key, value in self.headers.items()}
                status, answer, more = server.answer(request, headers)
                with contextlib.suppress(ConnectionError):  # a client may have had enough
                    self._send(status, answer, more)

            def _send(self, status: int, answer: Any, more: dict[str, Any]) -> None:
                body = answer if isinstance(answer, bytes) else _encoded(answer)
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if isinstance(answer, str) else "application/json")
                self.send_header("Retry-After", "0.01")
                if "encoding" in more:
                    self.send_header("Content-Encoding", more["encoding"])
                self._drip_headers(more)
                if "endless" not in more:
                    self.send_header("Content-Length", str(len(body) + more.get("cut", 0)))
                self.end_headers()
                while "endless" in more and not server.closed.is_set():
                    self.wfile.write(more["endless"])
                for byte in body if "drip" in more else b"":
                    self.wfile.write(bytes([byte]))
                    if server.closed.wait(more["drip"]):
                        return
                if "drip" not in more:
                    self.wfile.write(body)

            def _drip_headers(self, more: dict[str, Any]) -> None:
                self.flush_headers()
                while "drip_headers" in more and not server.closed.wait(more["drip_headers"]):
                    self.wfile.write(b"x")

            def log_message(self, *_: object) -> None:
                return

        return Handler


def _encoded(answer: Any) -> bytes:
    return (answer if isinstance(answer, str) else json.dumps(answer)).encode()
