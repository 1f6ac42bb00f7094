"""A web server of this machine, which the hub's client believes to be the real hub."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest

from tests.standard_sets.tiny import save_source

COMMIT = "0" * 40


@dataclass
class Web:
    """Its address; what was asked for, with the first byte of each; after how many bytes it breaks off, once."""

    address: str
    folder: Path
    asked: list[tuple[str, int]] = field(default_factory=list)
    breaks_after: int | None = None


class Answers(BaseHTTPRequestHandler):
    """Files of a folder by their last name, in part where a part is asked for."""

    web: Web

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        name = self.path.rpartition("/")[2]
        path = self.web.folder / name
        if not path.is_file():
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data, begun = path.read_bytes(), re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(begun[1]) if begun else 0
        self.send_response(206 if begun else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("ETag", f'"{name}-{len(data)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.web.asked.append((name, start))
            self.wfile.write(data[start : self._end()])

    def _end(self) -> int | None:
        end, self.web.breaks_after = self.web.breaks_after, None
        return end

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    found = Web(f"http://127.0.0.1:{server.server_port}", save_source(tmp_path / "served"))
    Answers.web = found
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", found.address)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        found.address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    huggingface_hub.close_session()
    yield found
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    huggingface_hub.close_session()
