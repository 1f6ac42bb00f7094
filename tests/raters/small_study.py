"""A small study of photographs, its server on a free port, and what a browser would send there."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.cli.rate import main
from cmc.raters.ballot import Ballot, Display
from cmc.raters.client import document
from cmc.raters.make_study import signer_of
from cmc.raters.server import listen, opened
from cmc.raters.study_folder import RatingStudy, load_study
from tests.conftest import blur_all, fill

DISPLAY = Display(1920, 1080, 1900, 1000, 1, 1)
FLAGS = ["--viewers", "3", "--session", "4", "--training", "2", "--dummies", "1", "--aside", "2", "--rest", "3"]


def save_study(root: Path, *flags: str) -> RatingStudy:
    """Two decoders' pictures of five photographs, planned: two photographs kept aside, nine pictures rated."""
    fill(root)
    blur_all(root, "soft", {"full": 2, "text": 8})
    blur_all(root, "softer", {"full": 3})
    assert main(["make", "soft", "softer", "--root", str(root), *FLAGS, *flags]) == 0
    return load_study(root / "Rating")


def ballot(place: int, number: int, consistency: float = 3.7, replaces: int | None = None) -> Ballot:
    """The ballot `number`, which corrects the ballot `replaces`."""
    before = "" if replaces is None else f"{replaces:032x}"
    return Ballot(
        f"{number:032x}", before, place, {"consistency": consistency, "perception": 2.0}, False, 900.0, DISPLAY
    )


def flagged(one: Ballot) -> Ballot:
    return replace(one, offensive=True)


@dataclass(frozen=True)
class Client:
    """One viewer's way to a server."""

    port: int
    token: str

    def ask(self, path: str, body: str | bytes | None = None, method: str | None = None) -> tuple[int, bytes]:
        """Status and body; `path` below the viewer's link, or whole with a slash before it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            where = path if path.startswith("/") else f"/{self.token}/{path}"
            connection.request(method or ("GET" if body is None else "POST"), where, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def cast(self, one: Ballot) -> tuple[int, bytes]:
        return self.ask("ballots", json.dumps(document(one)))

    def agree(self) -> None:
        assert self.ask("consent", "en")[0] == 200

    @property
    def state(self) -> dict:
        return json.loads(self.ask("state")[1])


@dataclass(frozen=True)
class Served:
    study: RatingStudy
    port: int

    def client(self, viewer: str) -> Client:
        return Client(self.port, signer_of(self.study).token(viewer))


@contextmanager
def served(study: RatingStudy) -> Iterator[Served]:
    """A real server in a thread."""
    with listen("127.0.0.1", 0) as socket, opened(study) as server:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        try:
            yield Served(study, socket.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
