"""How fast scoring is against the plain pyiqa loop, in the same run, and how exact, as a section of Markdown.

    python -m benchmarks.scoring [--images 1] [--repeats 3] [--size 1024x768] [--threads 2] [--flat 24]

Photographs of scikit-image, four modes of each, both of the benchmark's metrics, resnet50 with random weights (none of
them idle), files read from disk by everyone. Repetitions are interleaved; every time is the least of them, both as wall
time and as processor time of this process, which other work on a shared machine disturbs less.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from benchmarks import pixel_metrics, scorers
from benchmarks.scorers import Run
from cmc.stages.evaluate_tasks import Task
from tests.tiny_topiq import save_weights

PLAIN, FIRST, HALF = "plain pyiqa loop", "first scoring, fp32", "first scoring, bf16"
AGAIN = "again, one mode of four changed"
# By way of scoring.
Runs = dict[str, Run]


@dataclass(frozen=True)
class Sides:
    """Processes of pyiqa, of ours in fp32, and of ours in bf16, and the weights of all."""

    pyiqa: ProcessPoolExecutor
    fp32: ProcessPoolExecutor
    bf16: ProcessPoolExecutor
    weights: Path

    def first(self, tasks: Sequence[Task], cache: Path) -> Runs:
        """Every way of scoring what was never scored."""
        in_bf16 = partial(scorers.our_scoring, self.weights, torch.bfloat16, cache, tasks)
        return {
            PLAIN: self.pyiqa.submit(scorers.timed, partial(scorers.plain_loop, self.weights, tasks)).result(),
            FIRST: self.ours(tasks, cache),
            HALF: self.bf16.submit(scorers.timed, in_bf16).result(),
        }

    def ours(self, tasks: Sequence[Task], cache: Path) -> Run:
        """Ours in fp32, what stands in `cache` not again."""
        in_fp32 = partial(scorers.our_scoring, self.weights, torch.float32, cache, tasks)
        return self.fp32.submit(scorers.timed, in_fp32).result()


@contextmanager
def sides(weights: Path) -> Iterator[Sides]:
    """Three processes, until the end."""
    spawn = get_context("spawn")
    with (
        ProcessPoolExecutor(1, spawn) as pyiqa,
        ProcessPoolExecutor(1, spawn) as fp32,
        ProcessPoolExecutor(1, spawn) as bf16,
    ):
        yield Sides(pyiqa, fp32, bf16, weights)


def repetition(number: int, tasks: Sequence[Task], folder: Path, processes: Sides) -> Runs:
    """All ways once; the last after one mode of each ground truth has changed."""
    cache = folder / f"{number}.sqlite"
    runs = processes.first(tasks, cache)
    scorers.change_last_mode(tasks)
    return runs | {AGAIN: processes.ours(tasks, cache)}


def print_times(repetitions: Sequence[Runs], images: int) -> None:
    """The least times of each way, per ground truth."""
    wall = {way: min(runs[way].wall for runs in repetitions) / images for way in repetitions[0]}
    processor = {way: min(runs[way].processor for runs in repetitions) / images for way in repetitions[0]}
    print("| | wall s/GT | processor s/GT | against plain: wall, processor | against first: processor | peak GB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for way, run in repetitions[0].items():
        against_plain = f"{wall[PLAIN] / wall[way]:.2f}x, {processor[PLAIN] / processor[way]:.2f}x"
        against_first = f"{processor[FIRST] / processor[way]:.2f}x"
        times = f"{wall[way]:.2f} | {processor[way]:.2f}"
        print(f"| {way} | {times} | {against_plain} | {against_first} | {run.peak:.2f} |")


def largest_gap(scores: np.ndarray, others: np.ndarray) -> str:
    """How far two tables of scores are apart at most."""
    return f"{np.abs(scores - others).max():.1e}"


def print_exactness(runs: Runs, small: Runs, truth: np.ndarray) -> None:
    """Differences to pyiqa, and of the `small` pictures' scores to their `truth`."""
    gaps = {way: largest_gap(runs[way].scores, runs[PLAIN].scores) for way in (FIRST, HALF)}
    print(f"\nLargest difference to pyiqa: fp32 {gaps[FIRST]}, bf16 {gaps[HALF]}. To pyiqa in fp64, at half the sides:")
    print(f"ours {largest_gap(small[FIRST].scores, truth)}, pyiqa {largest_gap(small[PLAIN].scores, truth)}.")


def print_rate(operations: float, seconds: float, peak: float) -> None:
    """How much of the machine's `peak` rate the `operations` of a ground truth reach in `seconds` of processor time."""
    share = 100 * operations / (seconds * peak)
    print(f"First scoring: {operations / 1e9:.0f} GFLOP a ground truth, {share:.0f} % of the peak convolution rate")
    print(f"measured here, {peak / 1e9:.0f} GFLOP/s of a processor second.")


def report(args: argparse.Namespace, folder: Path, processes: Sides) -> None:
    """Measure and print the section."""
    width, height = map(int, args.size.split("x"))
    half = scorers.make_results(folder / "half", (width // 2, height // 2), 1)
    small = processes.first(half, folder / "half.sqlite")
    repetitions = []
    for number in range(args.repeats):
        tasks = scorers.make_results(folder / "full", (width, height), args.images)
        repetitions.append(repetition(number, tasks, folder, processes))
    print(f"\n4 modes of each ground truth, {args.size}, {args.threads} threads, least of {args.repeats}:\n")
    print_times(repetitions, args.images)
    truth = processes.pyiqa.submit(scorers.in_fp64, processes.weights, half).result()
    print_exactness(repetitions[0], small, truth)
    tasks = scorers.make_results(folder / "full", (width, height), args.images)
    count = processes.fp32.submit(scorers.count_operations, processes.weights, folder / "count.sqlite", tasks)
    seconds = min(runs[FIRST].processor for runs in repetitions)
    print_rate(count.result() / args.images, seconds / args.images, processes.fp32.submit(scorers.peak_rate).result())
    print_pixel_metrics(tasks, args.repeats, processes)


def print_pixel_metrics(tasks: Sequence[Task], repeats: int, processes: Sides) -> None:
    """Those that need no weights, and LPIPS, beside pyiqa's."""
    print("\n| over all modes | ours, processor s a picture | pyiqa | ratio | largest difference |")
    print("| --- | --- | --- | --- | --- |")
    print("\n".join(processes.fp32.submit(pixel_metrics.compare, tasks, repeats).result()), end="\n\n")


def print_memory(count: int, folder: Path, processes: Sides) -> None:
    """Memory in use while `count` small ground truths are scored."""
    marks = processes.fp32.submit(scorers.memory_over_time, processes.weights, folder / "memory", count).result()
    in_use = " → ".join(f"{mark:.2f}" for mark in marks)
    print(f"Memory over {count} ground truths of 256x192, after each quarter: {in_use} GB.")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--size", default="1024x768")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--flat", type=int, default=24, help="images of the memory test; 0 leaves it out")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sides(save_weights(folder / "Weight", backbone="resnet50")) as processes:
            report(args, folder, processes)
            if args.flat:
                print_memory(args.flat, folder, processes)


if __name__ == "__main__":
    main()
