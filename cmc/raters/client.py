"""A viewer without a browser: what the page asks its server for, in the same order, by HTTP."""

import http.client
import json
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cmc.core.errors import CMCError
from cmc.raters.ballot import Ballot, Display
from cmc.raters.desk import ViewerState
from cmc.raters.votes import Dimension

# Seconds until a request without answer is sent again, until the next one where there were too many, and until a server
# is taken for one that is gone.
RETRY, WAIT, PATIENCE = 0.2, 1.0, 60.0
TOO_MANY = 429
SIDES = ("reconstruction", "reference")


def document(ballot: Ballot) -> dict[str, object]:
    """A ballot as the page posts it, in JSON."""
    told: dict[str, object] = {"id": ballot.identifier, "replaces": ballot.replaces, "place": ballot.place}
    told |= {"offensive": ballot.offensive, "dwell_ms": ballot.dwell_ms}
    told |= ballot.scores.items()
    return told | vars(ballot.display)


@dataclass
class Client:
    """One viewer's way to a server on this machine; `token`: of the viewer's link; `display`: what is told of the
    screen; `patience`: seconds until a server without answer is taken for one that is gone. seconds: of each request
    that was answered, by what it was for; repeated: requests sent again."""

    port: int
    token: str
    display: Display
    patience: float = PATIENCE
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    repeated: int = 0
    _connection: http.client.HTTPConnection | None = None

    def sit(
        self, scores: Callable[[int], Mapping[Dimension, float]], look: Callable[[], float] = lambda: 0.0
    ) -> Iterator[Ballot]:
        """From where the viewer was to the last picture, each ballot once it is acknowledged; `scores`: of the picture
        at a place; `look`: seconds at a picture. Raises CMCError for a request that is refused, and a server that does
        not answer for too long."""
        state: ViewerState = json.loads(self.ask("GET", "state"))
        if not state["consented"]:
            self.ask("POST", "consent", b"en")
        total = state["blocks"][-1]["stop"]
        self._fetch(range(state["done"], min(state["done"] + state["ahead"], total)))
        for place in range(state["done"], total):
            self._fetch(range(place + state["ahead"], min(place + state["ahead"] + 1, total)))
            dwell = look()
            time.sleep(dwell)
            ballot = Ballot(secrets.token_hex(16), "", place, dict(scores(place)), False, 1000 * dwell, self.display)
            self.ask("POST", "ballots", json.dumps(document(ballot)).encode())
            yield ballot

    def _fetch(self, places: range) -> None:
        for place in places:
            for side in SIDES:
                self.ask("GET", f"picture/{place}/{side}")

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer to a request, which is sent again until there is one. Raises CMCError as `sit`."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            began = time.perf_counter()
            try:
                status, said = self._send(method, path, body)
            except (OSError, http.client.HTTPException):
                self._connection = None
                self.repeated += 1
                time.sleep(RETRY)
                continue
            if status == http.client.OK:
                self.seconds[path.partition("/")[0]].append(time.perf_counter() - began)
                return said
            if status != TOO_MANY:
                raise CMCError(f"the server refuses {path}: {said.decode(errors='replace').strip()}")
            time.sleep(WAIT)
        raise CMCError(f"no answer from the server on port {self.port} for {self.patience:g} s; serve the study again")

    def _send(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        self._connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self._connection.request(method, f"/{self.token}/{path}", body)
        answer = self._connection.getresponse()
        return answer.status, answer.read()
