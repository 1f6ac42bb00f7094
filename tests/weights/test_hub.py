import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest

from cmc.core.errors import CMCError
from cmc.weights.hub import STALL, bounded_downloads, download_snapshot, is_only_here, local_folder


def test_a_folder_stays_and_nothing_is_fetched(tmp_path: Path) -> None:
    def fetch(name: str, only_here: bool) -> str:
        raise AssertionError(f"{name} was fetched, {only_here}")

    (tmp_path / "config.json").touch()
    assert local_folder(str(tmp_path), "", must_hold="config.json", download=fetch) == tmp_path
    with pytest.raises(CMCError, match=r"has no model_index\.json; give another"):
        local_folder(str(tmp_path), "give another", must_hold="model_index.json", download=fetch)


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in the hub's cache, as its client lays it out."""
    repository = tmp_path / "models--someone--tiny"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").touch()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return snapshot


def test_an_id_is_the_folder_of_its_snapshot(cached: Path) -> None:
    assert local_folder("someone/tiny", "") == cached
    assert Path(download_snapshot("someone/tiny", patterns=["*.json"])) == cached


def test_what_is_neither_is_one_line_with_the_advice() -> None:
    with pytest.raises(CMCError, match=r"cannot fetch 'nobody/nothing', .*HF_HUB_OFFLINE.*; use --model_dir") as caught:
        local_folder("nobody/nothing", "use --model_dir")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["./nothing", "../nothing", "~/nothing", "no/such/folder", "/no/folder", "folder/", r"C:\models"]
)
def test_what_can_only_be_a_folder_is_not_asked_of_the_hub(name: str) -> None:
    with pytest.raises(CMCError, match=rf"^no folder {re.escape(name)}; use --model_dir$"):
        local_folder(name, "use --model_dir")


def test_a_file_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(CMCError, match=r"model\.safetensors is a file, expected a folder"):
        is_only_here(str(tmp_path / "model.safetensors"), "use --model_dir")


class Answers(BaseHTTPRequestHandler):
    """What the hub may answer, by the name of the repository."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name == "silent":
            self.server.released.wait(30)  # type: ignore[attr-defined]
            return
        status, kind, body = {
            "absent": (404, "RepoNotFound", b""),
            "private": (401, "RepoNotFound", b""),
            "busy": (503, "", b""),
            "portal": (200, "", b"<html>sign in</html>"),
            "tiny": (200, "", b'{"id": "someone/tiny"}'),
        }[name]
        self.send_response(status)
        if kind:
            self.send_header("X-Error-Code", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub of this machine, which the client believes to be the real one."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    released = server.released = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    huggingface_hub.close_session()
    yield
    released.set()
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    huggingface_hub.close_session()


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent", "no such repository, or shows it only after hf auth login"),
        ("private", "no such repository, or shows it only after hf auth login"),
        ("busy", "the hub answers 503"),
        ("portal", "the hub cannot be reached"),
        ("silent", "no answer within 0.5 s"),
    ],
)
def test_a_hub_that_cannot_serve_is_asked_once(name: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmc.weights.hub.PATIENCE", 0.5 if name == "silent" else 30)

    def fetch(name: str, only_here: bool) -> str:
        raise AssertionError(f"{name} was fetched, {only_here}")

    with pytest.raises(CMCError, match=rf"cannot fetch 'someone/{name}', .*{re.escape(why)}.*; use --model_dir"):
        local_folder(f"someone/{name}", "use --model_dir", download=fetch)


@pytest.mark.usefixtures("hub")
def test_a_hub_that_has_it_is_asked_for_the_files() -> None:
    assert not is_only_here("someone/tiny", "")


@pytest.mark.usefixtures("hub")
def test_what_is_cached_serves_while_the_hub_does_not(cached: Path) -> None:
    busy = cached.parents[1].with_name("models--someone--busy")
    cached.parents[1].rename(busy)
    assert is_only_here("someone/busy", "")
    assert local_folder("someone/busy", "") == busy / "snapshots" / cached.name


@pytest.mark.parametrize("command", ["i2t --model_name llava", "t2i --mode text --model_name animate"])
def test_a_missing_checkpoint_is_known_before_the_libraries_load(command: str, space: Path) -> None:
    code = (
        "import sys; from cmc.__main__ import main; code = main(sys.argv[1:]); "
        "print(code, {'diffusers', 'transformers'} & sys.modules.keys())"
    )
    (space / "Text" / "test.csv").rename(space / "Text" / "gpt4v.csv")
    words = [*command.split(), "--root", str(space)]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "2 set()", done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(("name", "offline"), [("silent", True), ("busy", True), ("tiny", False)])
def test_libraries_are_kept_from_a_hub_that_does_not_answer(
    name: str, offline: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cmc.weights.hub.PATIENCE", 0.5 if name == "silent" else 30)
    monkeypatch.setattr("cmc.weights.hub.PULSE", f"someone/{name}")
    with bounded_downloads():
        assert huggingface_hub.is_offline_mode() is offline
        assert socket.getdefaulttimeout() == STALL
    assert not huggingface_hub.is_offline_mode()
    assert socket.getdefaulttimeout() is None
