"""Viewers of a rating study vote at once while its server is killed and started again: `python -m benchmarks.rating`.

Each client does as the page: fetches the two pictures that it will need, looks for a moment, posts a ballot, and posts
the same again until it is acknowledged. The server is killed by SIGKILL after a third and two thirds of the votes, and
started again by the same command. Afterwards the database must hold the acknowledged ballots, no other, each once.
"""

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cmc.raters.desk import AHEAD
from cmc.raters.make_study import signer_of
from cmc.raters.stored_votes import read_ballots, read_scores
from cmc.raters.study_folder import DATABASE, RatingStudy, load_study
from cmc.raters.votes import DIMENSIONS
from tests.conftest import blur_all
from tests.scored import benchmark_names, workspace

SIDE, IMAGES, ASIDE = 512, 28, 3
DISPLAY = {"screen_width": 1920, "screen_height": 1080, "window_width": 1900, "window_height": 950}
KILLS = (1 / 3, 2 / 3)
# Seconds until a ballot without answer is posted again, and a server is taken for one that does not start.
RETRY, PATIENCE = 0.2, 60


@dataclass
class Outcome:
    """What the clients saw. acknowledged: scores by ballot; votes, pictures: seconds of answered requests."""

    acknowledged: dict[str, tuple[float, ...]] = field(default_factory=dict)
    votes: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    repeated: int = 0


class Server:
    """`cmc rate serve` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.command = [sys.executable, "-m", "cmc", "rate", "serve", "--study", str(folder), "--port", str(self.port)]
        self.start()

    def start(self) -> None:
        """Come back when it listens."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{' '.join(self.command)} does not listen; run it to see why")

    def kill(self) -> None:
        """As a power cut does, as far as the process is concerned."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Client:
    """One viewer, who looks at a picture for `look` seconds on average."""

    def __init__(self, study: RatingStudy, viewer: str, port: int, look: float, outcome: Outcome) -> None:
        self.token, self.port, self.look, self.outcome = signer_of(study).token(viewer), port, look, outcome
        self.total, self.random = len(study.playlists[viewer]), random.Random(viewer)
        self.connection: http.client.HTTPConnection | None = None

    def sit(self) -> None:
        """From consent to the last picture."""
        self._ask("POST", "consent", b"en")
        for place in range(self.total):
            for side in ("reconstruction", "reference"):
                ahead = min(place + AHEAD, self.total - 1)
                self.outcome.pictures.append(self._ask("GET", f"picture/{ahead}/{side}"))
            time.sleep(self.random.uniform(0.5, 1.5) * self.look)
            scores = [self.random.randint(0, 50) / 10 for _ in DIMENSIONS]
            ballot = f"{self.random.getrandbits(128):032x}"
            shown = {"dwell_ms": 1000 * self.look, "pixel_ratio": 1, "shown": 1, "offensive": False, **DISPLAY}
            body: dict[str, object] = {"id": ballot, "replaces": "", "place": place, **shown}
            body |= zip(DIMENSIONS, scores, strict=True)
            self.outcome.votes.append(self._ask("POST", "ballots", json.dumps(body).encode()))
            self.outcome.acknowledged[ballot] = tuple(scores)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> float:
        """Seconds of the request that was answered; those before it were cut off, or are told to wait."""
        while True:
            began = time.perf_counter()
            try:
                self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                self.connection.request(method, f"/{self.token}/{path}", body)
                answer = self.connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                self.connection = None
                self.outcome.repeated += 1
                time.sleep(RETRY)
                continue
            if answer.status == 200:
                return time.perf_counter() - began
            if answer.status != 429:
                raise SystemExit(f"{path} was refused: {said.decode()}")
            time.sleep(1)


def make(root: Path, viewers: int, pictures: int) -> RatingStudy:
    """A study of `pictures` photographs, made worse, that all viewers see."""
    workspace(root, {}, benchmark_names({"NSI": IMAGES}), SIDE)
    for number in range(-(-pictures // (IMAGES - ASIDE))):
        blur_all(root, f"decoder-{number}", {"full": number + 2})
    targets = [f"decoder-{number}" for number in range(-(-pictures // (IMAGES - ASIDE)))]
    flags = ["--viewers", str(viewers), "--training", "2", "--dummies", "0", "--aside", str(ASIDE)]
    command = [sys.executable, "-m", "cmc", "rate", "make", *targets, "--root", str(root), *flags]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return load_study(root / "Rating")


def vote(study: RatingStudy, look: float) -> tuple[Outcome, float]:
    """What came of it, and the seconds that it took."""
    server, outcome = Server(study.folder), Outcome()
    clients = [Client(study, viewer, server.port, look, outcome) for viewer in study.playlists]
    threads = [threading.Thread(target=client.sit) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    total = sum(client.total for client in clients)
    for share in KILLS:
        while len(outcome.acknowledged) < share * total and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        server.kill()
        server.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    server.kill()
    return outcome, seconds


def compare(study: RatingStudy, outcome: Outcome) -> tuple[int, int, int]:
    """Ballots that were acknowledged and are not there, that are there and were not acknowledged, and whose scores are
    others."""
    path = study.folder / DATABASE
    ballots, scores = read_ballots(path), read_scores(path)
    found = {
        one.ballot: tuple(scores[one.viewer, one.picture, dimension] for dimension in DIMENSIONS) for one in ballots
    }
    lost, invented = outcome.acknowledged.keys() - found.keys(), found.keys() - outcome.acknowledged.keys()
    changed = [name for name, score in outcome.acknowledged.items() if found.get(name, score) != score]
    if len(scores) != len(DIMENSIONS) * len(ballots) or len(found) != len(ballots):
        raise SystemExit(f"{len(ballots)} showings and {len(scores)} scores do not go together")
    return len(lost), len(invented), len(changed)


def milliseconds(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and longest."""
    return " / ".join(f"{1000 * float(value):.0f}" for value in (*np.percentile(seconds, (50, 95)), max(seconds)))


def main() -> None:
    """Print what was lost, and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=50)
    parser.add_argument("--look", type=float, default=1.0, help="seconds at a picture, on average")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = make(Path(folder), options.viewers, options.pictures)
        outcome, seconds = vote(study, options.look)
        lost, invented, changed = compare(study, outcome)
    count = len(DIMENSIONS) * len(outcome.acknowledged)
    print(f"{options.viewers} viewers, {os.cpu_count()} cores, {SIDE}x{SIDE}, the server killed {len(KILLS)} times")
    print(f"ballots acknowledged: {len(outcome.acknowledged)} ({count} scores), requests repeated: {outcome.repeated}")
    print(f"lost: {lost}, invented: {invented}, changed: {changed}")
    print(f"{count / seconds:.1f} scores/s over {seconds:.0f} s, restarts included")
    print(f"ms until a ballot is acknowledged, median / p95 / longest: {milliseconds(outcome.votes)}")
    print(f"ms of a picture: {milliseconds(outcome.pictures)}")
    if lost or invented or changed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
