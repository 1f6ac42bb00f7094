"""What whole studies take, as rows of a Markdown table: `python -m benchmarks.studies [--only NAME] [--engine ray]`.

Ratios of times within one run, so that other machines agree: workers have one thread each (OMP_NUM_THREADS=1), loading
is left out and stated, and what is compared is run in turn, the least time counting.
"""

import argparse
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cmc.core.seeds import seed_for
from cmc.registry import T2I
from cmc.scenes.render import scenes
from cmc.scenes.tiny_models import GUIDANCE, TINY
from cmc.stages.decode import BatchOrder, Decoders, picture_path
from cmc.stages.decode_settings import UNNAMED_FAMILY, DecoderLoader
from cmc.stages.engine.away import AwayCrew
from cmc.stages.engine.base import Engine, Failure
from cmc.stages.engine.local import Local
from cmc.stages.engine.on_ray import OnRay
from cmc.stages.jobs import Job, plan_batches
from cmc.t2i.base import Sampling

PICTURES, STEPS, SIDE = 48, 10, 64
# Of the efficiency: short rounds in turn, so that what else the computer does meanwhile hits all alike.
ROUND, ROUNDS = 24, 6
KILL_SECONDS = 5.0


@dataclass(frozen=True)
class Figure:
    """What was measured, and what is to be reached."""

    name: str
    measured: str
    reach: str


def orders(folder: Path) -> list[BatchOrder]:
    """A drawn scene's text to be decoded, a picture each."""
    sampling = Sampling("text", 1.0, STEPS, GUIDANCE)
    jobs = [
        Job(scene.name, (SIDE, SIDE), scene.text, None, seed_for(42, scene.name)) for scene in scenes("test", PICTURES)
    ]
    return [BatchOrder(batch, sampling, folder, frozenset(), False) for batch in plan_batches(jobs, SIDE, 8, 1)]


def tiny_decoder() -> DecoderLoader:
    """On the CPU."""
    import torch

    checkpoint = str(TINY / "diffusion")
    entry = T2I.find("tiny", checkpoint, UNNAMED_FAMILY)
    return DecoderLoader((), torch.device("cpu"), entry, checkpoint, {}, torch.float32)


def ready(engine: Engine, folder: Path) -> Decoders:
    """A crew whose workers have all loaded the model, and generated something."""
    crew = engine.crew(tiny_decoder())
    warm_up = orders(folder)[:4]
    list(crew.map(warm_up))
    while isinstance(crew, AwayCrew) and crew.loading:
        list(crew.map(warm_up))
    list(crew.map(warm_up))
    return crew


def seconds(crew: Decoders, work: Sequence[BatchOrder]) -> float:
    """Of the clock, until all pictures are there."""
    began = time.perf_counter()
    list(crew.map(work))
    return time.perf_counter() - began


def side_by_side(crews: Sequence[Decoders], work: Sequence[BatchOrder]) -> float:
    """As `seconds`, of crews that know nothing of each other, the work shared out beforehand."""
    began = time.perf_counter()
    with ThreadPoolExecutor(len(crews)) as pool:
        list(pool.map(seconds, crews, (work[start :: len(crews)] for start in range(len(crews)))))
    return time.perf_counter() - began


def efficiency(engines: Callable[[int], Engine], folder: Path) -> Figure:
    """How near two workers on two cores come to twice the speed of one; and how near two crews of one worker do, which
    share nothing but the computer."""
    times: dict[str, list[float]] = {"one": [], "two": [], "apart": []}
    work = orders(folder)[:ROUND]
    with engines(1) as first, engines(1) as second, engines(2) as both:
        one, other, two = ready(first, folder), ready(second, folder), ready(both, folder)
        for _ in range(ROUNDS):
            times["one"].append(seconds(one, work))
            times["two"].append(seconds(two, work))
            times["apart"].append(side_by_side([one, other], work))
    least = {name: min(taken) for name, taken in times.items()}
    measured = (
        f"{least['one'] / (2 * least['two']):.2f} ({ROUND} pictures of {SIDE}x{SIDE} in {least['one']:.1f} s by one, "
        f"{least['two']:.1f} s by two; least of {ROUNDS} rounds, loading left out); two crews of one worker that share "
        f"nothing: {least['one'] / (2 * least['apart']):.2f}"
    )
    return Figure("efficiency of 2 workers on 2 cores against 1", measured, ">= 0.9")


def lost_or_doubled(engines: Callable[[int], Engine], folder: Path) -> Figure:
    """Items that do not come back once, with their picture, while a random worker is killed every few seconds."""
    with engines(2) as engine:
        crew, work, places = ready(engine, folder), orders(folder), Counter[int]()
        for path in folder.glob("*.png"):
            path.unlink()
        failed = 0
        with killing(KILL_SECONDS) as killed:
            for place, outcomes in crew.map(work):
                places[place] += 1
                failed += isinstance(outcomes, Failure)
    there = [picture_path(folder, job.key).is_file() for order in work for job in order.batch.jobs]
    lost = max(len(work) - len(places), there.count(False))
    doubled = sum(count - 1 for count in places.values())
    measured = f"{lost} lost, {doubled} doubled, {failed} given up, of {len(work)}, {len(killed)} workers killed"
    return Figure(f"items lost or doubled with a worker killed every {KILL_SECONDS:g} s", measured, "0")


@contextmanager
def killing(every: float) -> Iterator[list[int]]:
    """Meanwhile, a random worker of this process is killed every so many seconds; yields which."""
    ended, killed = threading.Event(), list[int]()

    def kill() -> None:
        dice = random.Random(0)
        while not ended.wait(every):
            victim = dice.choice(worker_processes())
            killed.append(victim.pid)
            victim.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def worker_processes() -> list[psutil.Process]:
    """Of the engine in this process."""
    commands = {child: " ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)}
    return [child for child, command in commands.items() if "spawn_main" in command or command.startswith("ray::Host")]


# By the name that `--only` takes.
FIGURES: dict[str, Callable[[Callable[[int], Engine], Path], Figure]] = {
    "efficiency": efficiency,
    "killed": lost_or_doubled,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=FIGURES, nargs="+", default=list(FIGURES))
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    engines: dict[str, Callable[[int], Engine]] = {"local": Local, "ray": lambda workers: OnRay(workers, None)}
    print("| figure | measured | reach |\n| --- | --- | --- |")
    for name in args.only:
        with tempfile.TemporaryDirectory() as folder:
            figure = FIGURES[name](engines[args.engine], Path(folder))
        print(f"| {figure.name} | {figure.measured} | {figure.reach} |", flush=True)


if __name__ == "__main__":
    main()
