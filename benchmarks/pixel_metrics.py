"""How fast and how exact PSNR, SSIM and MS-SSIM are against pyiqa's, over the modes of ground truths."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pyiqa
import torch

from benchmarks.scorers import CPU, paths
from cmc.core.images import load_rgb
from cmc.metrics.selection import build_metrics, choose_metrics
from cmc.stages.evaluate_tasks import Task

NAMES = ("psnr", "ssim", "ms_ssim")
# The pictures made of a ground truth, and it.
Pictures = tuple[list[np.ndarray], np.ndarray]
Score = Callable[[list[np.ndarray], np.ndarray], list[float]]


def compare(tasks: Sequence[Task], repeats: int) -> list[str]:
    """Rows of a table: the least processor time of each metric a picture, ours and pyiqa's, and their largest gap."""
    pictures = [([np.asarray(load_rgb(path)) for path in paths(task)], np.asarray(load_rgb(task.gt))) for task in tasks]
    count = sum(len(made) for made, _ in pictures)
    ours = build_metrics(choose_metrics(NAMES), tasks[0].gt.parent, CPU, torch.float32, None, False)
    rows = []
    for name in NAMES:
        theirs = pyiqa.create_metric(name, device="cpu")
        scores, seconds = _least_time(partial(_all, ours[name].score, pictures), repeats)
        expected, plain = _least_time(partial(_all, partial(_plain, theirs), pictures), repeats)
        gap = np.abs(np.array(scores) - np.array(expected)).max()
        rows.append(f"| {name} | {seconds / count:.3f} | {plain / count:.3f} | {plain / seconds:.1f}x | {gap:.1e} |")
    return rows


def _all(score: Score, pictures: Sequence[Pictures]) -> list[list[float]]:
    return [score(*pair) for pair in pictures]


def _plain(metric: torch.nn.Module, made: Sequence[np.ndarray], gt: np.ndarray) -> list[float]:
    with torch.inference_mode():
        return [float(metric(_tensor(picture), _tensor(gt))) for picture in made]


def _tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float().div(255)


def _least_time(score: Callable[[], list[list[float]]], repeats: int) -> tuple[list[list[float]], float]:
    """(scores, least seconds of the processor)."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        scores = score()
        times.append(time.process_time() - start)
    return scores, min(times)
