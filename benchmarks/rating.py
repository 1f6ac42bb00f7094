"""Viewers of a rating study vote at once while its server is killed and started again: `python -m benchmarks.rating`.

Each client does as the page: fetches the two pictures that it will need, looks for a moment, posts a ballot, and posts
the same again until it is acknowledged. The server is killed by SIGKILL after a third and two thirds of the votes, and
started again by the same command. Afterwards the database must hold the acknowledged ballots, no other, each once.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cmc.raters import server_process
from cmc.raters.ballot import Display
from cmc.raters.client import Client
from cmc.raters.make_study import signer_of
from cmc.raters.stored_votes import read_ballots, read_scores
from cmc.raters.study_folder import DATABASE, RatingStudy, load_study
from cmc.raters.votes import DIMENSIONS
from tests.conftest import blur_all
from tests.scored import benchmark_names, workspace

SIDE, IMAGES, ASIDE = 512, 28, 3
DISPLAY = Display(1920, 1080, 1900, 950, pixel_ratio=1, shown=1)
KILLS = (1 / 3, 2 / 3)


@dataclass
class Outcome:
    """What the clients saw. acknowledged: scores by ballot; clients: of all viewers, with the seconds of their answered
    requests."""

    acknowledged: dict[str, tuple[float, ...]] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)

    def seconds(self, what: str) -> list[float]:
        """Of all viewers' answered requests of a kind."""
        return [value for client in self.clients for value in client.seconds[what]]


class Server:
    """`cmc rate serve` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = server_process.free_port()
        self.command = [sys.executable, "-m", "cmc", "rate", "serve", "--study", str(folder), "--port", str(self.port)]
        self.start()

    def start(self) -> None:
        """Come back when it listens."""
        self.process = server_process.start(self.command, self.port, quiet=True)

    def kill(self) -> None:
        """As a power cut does."""
        server_process.kill(self.process)


def sit(client: Client, viewer: str, look: float, outcome: Outcome) -> None:
    """A viewer who looks at a picture for `look` seconds on average, and gives any score."""
    chance = random.Random(viewer)
    ballots = client.sit(
        lambda place: {dimension: chance.randint(0, 50) / 10 for dimension in DIMENSIONS},
        lambda: chance.uniform(0.5, 1.5) * look,
    )
    for ballot in ballots:
        outcome.acknowledged[ballot.identifier] = tuple(ballot.scores[dimension] for dimension in DIMENSIONS)


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
    threads = []
    for viewer in study.playlists:
        client = Client(server.port, signer_of(study).token(viewer), DISPLAY)
        outcome.clients.append(client)
        threads.append(threading.Thread(target=sit, args=(client, viewer, look, outcome)))
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    total = sum(map(len, study.playlists.values()))
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
    repeated = sum(client.repeated for client in outcome.clients)
    print(f"{options.viewers} viewers, {os.cpu_count()} cores, {SIDE}x{SIDE}, the server killed {len(KILLS)} times")
    print(f"ballots acknowledged: {len(outcome.acknowledged)} ({count} scores), requests repeated: {repeated}")
    print(f"lost: {lost}, invented: {invented}, changed: {changed}")
    print(f"{count / seconds:.1f} scores/s over {seconds:.0f} s, restarts included")
    print(f"ms until a ballot is acknowledged, median / p95 / longest: {milliseconds(outcome.seconds('ballots'))}")
    print(f"ms of a picture: {milliseconds(outcome.seconds('picture'))}")
    if lost or invented or changed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
