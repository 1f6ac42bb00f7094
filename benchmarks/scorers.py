"""What `benchmarks.scoring` measures: pyiqa's plain loop, our scoring, and the truth in fp64, over the same pictures.

Each runs in a process of its own, since the settings of an allocator are a process's.
"""

import functools
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from cmc.core.allocator import keep_buffers
from cmc.core.choice import Choice
from cmc.core.modes import MODES
from cmc.core.workspace import list_images
from cmc.metrics.base import FR, NR, Metric
from cmc.metrics.selection import build_metrics, choose_metrics
from cmc.stages.engine.here import HereCrew
from cmc.stages.evaluate import evaluate
from cmc.stages.evaluate_tasks import Task, plan_tasks
from cmc.stages.score_cache import ScoreCache
from cmc.stages.scoring_worker import ScoringWorker
from tests.conftest import photo
from tests.scored import degrade

if TYPE_CHECKING:
    from pyiqa.models.inference_model import InferenceModel

PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")
CPU = torch.device("cpu")
TARGET = "real"


def make_results(root: Path, size: tuple[int, int], count: int) -> list[Task]:
    """Ground truths of (width, height), and a decoder's pictures of them in every mode."""
    for index in range(count):
        gt = photo(PHOTOS[index % len(PHOTOS)]).resize(size)
        # Other bytes for the same photograph, so that nothing is found in the cache.
        gt.putpixel((0, 0), (index % 256, index // 256, 0))
        _save(gt, root / "GT" / f"{index:04}.png")
        for mode in MODES:
            _save(degrade(gt, mode, 0.5), root / "Result" / TARGET / mode / f"{index:04}.png")
    return plan_tasks(list_images(root / "GT"), Choice(), root / "Result", [TARGET], False)


def change_last_mode(tasks: Sequence[Task]) -> None:
    """Another picture in one mode of each ground truth."""
    for task in tasks:
        *_, last = paths(task)
        Image.fromarray(255 - np.asarray(Image.open(task.gt))).save(last)


def _save(image: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def paths(task: Task) -> Iterator[Path]:
    """The pictures of a ground truth that are there."""
    return (candidate.path for candidate in task.candidates if candidate.path)


@functools.cache
def pyiqa_metrics(weights: Path) -> "dict[str, InferenceModel]":
    """As the published script makes them."""
    import pyiqa

    metrics = {}
    for column, name in ((FR, "topiq_fr"), (NR, "topiq_nr")):
        metrics[column] = pyiqa.create_metric(name, device="cpu", pretrained=False, backbone_pretrain=False)
        metrics[column].load_weights(str(weights / f"{name.replace('_', '-')}.pth"))
    return metrics


@functools.cache
def our_metrics(weights: Path, dtype: torch.dtype) -> dict[str, Metric]:
    """As script-evaluate.py makes them."""
    keep_buffers()
    return build_metrics(choose_metrics(["benchmark"]), weights, CPU, dtype, "published", False)


def plain_loop(weights: Path, tasks: Sequence[Task]) -> np.ndarray:
    """(pictures, 2) scores by the published script's loop: one path at a time, GT first."""
    metrics = pyiqa_metrics(weights)
    rows = []
    for task in tasks:
        for path in paths(task):
            rows.append([float(metrics[FR](str(task.gt), str(path))), float(metrics[NR](str(path)))])
    return np.array(rows)


def our_scoring(weights: Path, dtype: torch.dtype, cache: Path, tasks: Sequence[Task]) -> np.ndarray:
    """(pictures, 2) scores by ours, those in `cache` not again."""
    with ScoreCache(cache) as kept:
        scores = list(evaluate(tasks, HereCrew(ScoringWorker(our_metrics(weights, dtype))), kept))
    return np.array([[score.values[FR], score.values[NR]] for score in scores])


def in_fp64(weights: Path, tasks: Sequence[Task]) -> np.ndarray:
    """(pictures, 2) scores by pyiqa's networks in double precision."""
    from pyiqa.utils.img_util import imread2tensor

    networks = {column: metric.net.double() for column, metric in pyiqa_metrics(weights).items()}
    rows = []
    with torch.inference_mode():
        for task in tasks:
            for path in paths(task):
                gt, decoded = (imread2tensor(str(file), rgb=True)[None].double() for file in (task.gt, path))
                rows.append([float(networks[FR](gt, decoded)), float(networks[NR](decoded))])
    return np.array(rows)


@dataclass(frozen=True)
class Run:
    """Scores (pictures, 2), wall and processor seconds, and the process's peak memory in GB so far."""

    scores: np.ndarray
    wall: float
    processor: float
    peak: float


def timed(work: Callable[[], np.ndarray]) -> Run:
    """Scoring, measured."""
    wall, processor = time.perf_counter(), time.process_time()
    scores = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return Run(scores, wall, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def peak_rate() -> float:
    """The most multiply-adds x 2 a second of processor time that a 3x3 convolution of this machine reached."""
    best = 0.0
    for width, side in ((64, 128), (128, 96), (256, 48)):
        kernel = torch.rand(width, width, 3, 3).to(memory_format=torch.channels_last)
        images = torch.rand(1, width, side, side).to(memory_format=torch.channels_last)
        work = 2 * 9 * width * width * side * side
        with torch.inference_mode():
            for _ in range(12):
                start = time.process_time()
                torch.nn.functional.conv2d(images, kernel, padding=1)
                best = max(best, work / (time.process_time() - start))
    return best


def count_operations(weights: Path, cache: Path, tasks: Sequence[Task]) -> int:
    """Floating-point operations of scoring in fp32, counted by PyTorch."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        our_scoring(weights, torch.float32, cache, tasks)
    return counter.get_total_flops()


def memory_over_time(weights: Path, root: Path, count: int) -> list[float]:
    """Memory in use, in GB, after each quarter of a run over `count` small ground truths."""
    tasks = make_results(root, (256, 192), count)
    page, marks = os.sysconf("SC_PAGE_SIZE"), []
    with ScoreCache(root / "memory.sqlite") as kept:
        for index, _ in enumerate(
            evaluate(tasks, HereCrew(ScoringWorker(our_metrics(weights, torch.float32))), kept), 1
        ):
            if index % max(1, len(MODES) * count // 4) == 0:
                marks.append(int(Path("/proc/self/statm").read_text().split()[1]) * page / 2**30)
    return marks
