"""How fast scoring is against the plain pyiqa loop, in the same run, and how exact, as a section of Markdown.

    python -m benchmarks.scoring [--images 1] [--repeats 3] [--size 1024x768] [--threads 2] [--flat 24]

Photographs of scikit-image, four modes of each, both of the benchmark's metrics, resnet50 with random weights (none of
them idle), files read from disk by everyone. Repetitions are interleaved; every time is the least of them, both as wall
time and as processor time of this process, which other work on a shared machine disturbs less.
"""

import argparse
import functools
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import skimage
import torch
from PIL import Image

from cmc.core.modes import MODES
from cmc.core.workspace import list_images
from cmc.metrics.base import FR, NR, Metric
from cmc.metrics.selection import build, choose
from cmc.stages.evaluate import evaluate
from cmc.stages.evaluate_tasks import Task, plan
from cmc.stages.score_cache import ScoreCache
from tests.scored import degrade
from tests.tiny_topiq import save_weights

PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")
CPU = torch.device("cpu")
PLAIN, FIRST, HALF = "plain pyiqa loop", "first scoring, fp32", "first scoring, bf16"
AGAIN = "again, one mode of four changed"


def make_results(root: Path, size: tuple[int, int], count: int, target: str = "real") -> list[Task]:
    """Ground truths, and a decoder's pictures of them in every mode."""
    for index in range(count):
        source = Image.open(Path(skimage.__file__).parent / "data" / PHOTOS[index % len(PHOTOS)])
        gt = source.convert("RGB").resize(size)
        # Other bytes for the same photograph, so that nothing is found in the cache.
        gt.putpixel((0, 0), (index % 256, index // 256, 0))
        for folder, picture in {"GT": gt, **{f"Result/{target}/{m}": degrade(gt, m, 0.5) for m in MODES}}.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            picture.save(root / folder / f"{index:04}.png")
    return plan(list_images(root / "GT"), None, root / "Result", [target], False)


@functools.cache
def pyiqa_metrics(weights: Path) -> dict[str, torch.nn.Module]:
    """As the published script makes them."""
    import pyiqa

    made = {}
    for column, name in ((FR, "topiq_fr"), (NR, "topiq_nr")):
        made[column] = pyiqa.create_metric(name, device="cpu", pretrained=False, backbone_pretrain=False)
        made[column].load_weights(str(weights / f"{name.replace('_', '-')}.pth"))
    return made


@functools.cache
def our_metrics(weights: Path, dtype: torch.dtype) -> dict[str, Metric]:
    """As script-evaluate.py makes them."""
    return build(choose(["benchmark"]), weights, CPU, dtype, "published", False)


def plain_loop(weights: Path, tasks: Sequence[Task]) -> np.ndarray:
    """(pictures, 2) scores by the published script's loop: one path at a time, GT first."""
    metrics = pyiqa_metrics(weights)
    return np.array(
        [
            [float(metrics[FR](str(task.gt), str(one.path))), float(metrics[NR](str(one.path)))]
            for task in tasks
            for one in task.candidates
        ]
    )


def scored(weights: Path, dtype: torch.dtype, cache: Path, tasks: Sequence[Task]) -> np.ndarray:
    """(pictures, 2) scores by ours, those in `cache` not again."""
    with ScoreCache(cache) as kept:
        found = list(evaluate(tasks, our_metrics(weights, dtype), kept))
    return np.array([[one.values[FR], one.values[NR]] for one in found])


def exactly(weights: Path, tasks: Sequence[Task]) -> np.ndarray:
    """(pictures, 2) scores by pyiqa's networks in fp64."""
    from pyiqa.utils.img_util import imread2tensor

    networks = {column: metric.net.double() for column, metric in pyiqa_metrics(weights).items()}
    rows = []
    with torch.inference_mode():
        for task in tasks:
            for one in task.candidates:
                gt, made = (imread2tensor(str(path), rgb=True)[None].double() for path in (task.gt, one.path))
                rows.append([float(networks[FR](gt, made)), float(networks[NR](made))])
    return np.array(rows)


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, tuple[float, float], float]:
    """(what the work returns, its wall and processor seconds, this process's peak memory in GB)."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    times = time.perf_counter() - wall, time.process_time() - processor
    return result, times, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def peak_rate() -> float:
    """The most multiply-adds x 2 a second of processor time that a 3x3 convolution of this machine reached."""
    best = 0.0
    for width, side in ((64, 128), (128, 96), (256, 48)):
        layer = torch.nn.Conv2d(width, width, 3, padding=1).to(memory_format=torch.channels_last)
        images = torch.rand(1, width, side, side).to(memory_format=torch.channels_last)
        work = 2 * 9 * width * width * side * side
        with torch.inference_mode():
            for _ in range(12):
                start = time.process_time()
                layer(images)
                best = max(best, work / (time.process_time() - start))
    return best


def work_of(weights: Path, cache: Path, tasks: Sequence[Task]) -> int:
    """Floating-point operations of scoring in fp32, counted by PyTorch."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        scored(weights, torch.float32, cache, tasks)
    return counter.get_total_flops()


def flatness(weights: Path, root: Path, count: int) -> str:
    """Memory in use, in GB, after each quarter of a run over many small images."""
    tasks = make_results(root, (256, 192), count)
    page, marks = os.sysconf("SC_PAGE_SIZE"), []
    with ScoreCache(root / "flat.sqlite") as kept:
        for index, _ in enumerate(evaluate(tasks, our_metrics(weights, torch.float32), kept), 1):
            if index % max(1, len(MODES) * count // 4) == 0:
                marks.append(int(Path("/proc/self/statm").read_text().split()[1]) * page / 2**30)
    return " → ".join(f"{mark:.2f}" for mark in marks)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--size", default="1024x768")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--flat", type=int, default=24, help="images of the memory test; 0 leaves it out")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    width, height = map(int, args.size.split("x"))
    # A process for each side, since the settings of an allocator are a process's.
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        weights = save_weights(root / "Weight", backbone="resnet50")
        sides = [stack.enter_context(ProcessPoolExecutor(1, get_context("spawn"))) for _ in range(3)]
        report(root, weights, sides, args, (width, height))


def report(
    root: Path,
    weights: Path,
    sides: Sequence[ProcessPoolExecutor],
    args: argparse.Namespace,
    size: tuple[int, int],
) -> None:
    """Interleave the repetitions, then print the section."""
    warm = make_results(root / "half", (size[0] // 2, size[1] // 2), 1)
    rows: dict[str, list[tuple[float, float]]] = {}
    small, scores, peaks = {}, {}, {}
    for repeat in range(-1, args.repeats):
        tasks = warm if repeat < 0 else make_results(root / "full", size, args.images)
        cache = root / f"{repeat}.sqlite"
        runs = {
            PLAIN: (sides[0], partial(plain_loop, weights, tasks)),
            FIRST: (sides[1], partial(scored, weights, torch.float32, cache, tasks)),
            HALF: (sides[2], partial(scored, weights, torch.bfloat16, cache, tasks)),
            AGAIN: (sides[1], partial(scored, weights, torch.float32, cache, tasks)),
        }
        for name, (side, work) in runs.items():
            if name == AGAIN and repeat >= 0:
                for task in tasks:
                    Image.fromarray(255 - np.asarray(Image.open(task.gt))).save(task.candidates[-1].path)
            found, times, peak = side.submit(timed, work).result()
            if repeat < 0:
                small[name] = found
            else:
                scores.setdefault(name, found)
                peaks.setdefault(name, peak)
                rows.setdefault(name, []).append(times)
    tasks = make_results(root / "full", size, args.images)
    truth = sides[0].submit(exactly, weights, warm).result()
    flops = sides[1].submit(work_of, weights, root / "flops.sqlite", tasks).result() / args.images
    rate = sides[1].submit(peak_rate).result()
    best = {name: np.min(times, axis=0) / args.images for name, times in rows.items()}
    print(f"\n4 modes of each ground truth, {args.size}, {args.threads} threads, least of {args.repeats}:\n")
    print("| | wall s/GT | processor s/GT | against plain: wall, processor | against first: processor | peak GB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, one in best.items():
        ratio, again = best[PLAIN] / one, best[FIRST][1] / one[1]
        print(
            f"| {name} | {one[0]:.2f} | {one[1]:.2f} | {ratio[0]:.2f}x, {ratio[1]:.2f}x | {again:.2f}x "
            f"| {peaks[name]:.2f} |"
        )
    gaps = {name: abs(scores[name] - scores[PLAIN]).max() for name in (FIRST, HALF)}
    print(
        f"\nLargest difference to pyiqa: fp32 {gaps[FIRST]:.1e}, bf16 {gaps[HALF]:.1e}. "
        "To pyiqa in fp64, at half the sides:"
    )
    print(f"ours {abs(small[FIRST] - truth).max():.1e}, pyiqa {abs(small[PLAIN] - truth).max():.1e}.")
    share = 100 * flops / (best[FIRST][1] * rate)
    print(f"First scoring: {flops / 1e9:.0f} GFLOP a ground truth, {share:.0f} % of the peak convolution rate measured")
    print(f"here, {rate / 1e9:.0f} GFLOP/s of a processor second.")
    if args.flat:
        marks = sides[1].submit(flatness, weights, root / "flat", args.flat).result()
        print(f"Memory over {args.flat} ground truths of 256x192, after each quarter: {marks} GB.")


if __name__ == "__main__":
    main()
