"""How fast and how exact PSNR, SSIM, MS-SSIM and LPIPS are against pyiqa's, over the modes of ground truths."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyiqa
import torch

from benchmarks.scorers import CPU, paths
from cmc.core.images import load_rgb
from cmc.metrics.base import Metric
from cmc.metrics.pyiqa_metric import PyiqaMetric
from cmc.metrics.selection import build_metrics, choose_metrics
from cmc.stages.evaluate_tasks import Task
from tests.tiny_iqa import save_lpips

NAMES = ("psnr", "ssim", "ms_ssim", "lpips")
# What is asked for together most of all.
TOGETHER = ("psnr", "ms_ssim")
# The pictures made of a ground truth, and it.
Pictures = tuple[list[np.ndarray], np.ndarray]
Score = Callable[[list[np.ndarray], np.ndarray], Sequence[float | None]]
Table = list[Sequence[float | None]]


def compare(tasks: Sequence[Task], repeats: int) -> list[str]:
    """Rows of a table: the least processor time of each metric a picture, ours and pyiqa's, and their largest gap;
    LPIPS with random weights."""
    pictures = [([np.asarray(load_rgb(path)) for path in paths(task)], np.asarray(load_rgb(task.gt))) for task in tasks]
    count = sum(len(made) for made, _ in pictures)
    ours = _build(tasks[0].gt.parents[1] / "lpips")
    rows: list[str] = []
    times: dict[str, np.ndarray] = {}
    for name in NAMES:
        scores, seconds = _least_time(partial(_all, ours[name].score, pictures), repeats)
        expected, plain = _least_time(partial(_all, partial(_plain, _theirs(name, ours)), pictures), repeats)
        gap = np.abs(np.array(scores) - np.array(expected)).max()
        times[name] = np.array([seconds, plain]) / count
        rows.append(_row(name, times[name], f"{gap:.1e}"))
    return [*rows, _row(" + ".join(TOGETHER), np.sum([times[name] for name in TOGETHER], axis=0), "")]


def _row(name: str, times: np.ndarray, gap: str) -> str:
    seconds, plain = times
    return f"| {name} | {seconds:.3f} | {plain:.3f} | {plain / seconds:.1f}x | {gap} |"


def _build(weights: Path) -> dict[str, Metric]:
    weights.mkdir(exist_ok=True)
    save_lpips(weights)
    return build_metrics(choose_metrics(NAMES), weights, CPU, torch.float32, None, False)


def _theirs(name: str, ours: Mapping[str, Metric]) -> torch.nn.Module:
    """pyiqa's metric; of LPIPS the network that ours holds, which is pyiqa's."""
    metric = ours[name]
    return metric.network if isinstance(metric, PyiqaMetric) else pyiqa.create_metric(name, device="cpu")


def _all(score: Score, pictures: Sequence[Pictures]) -> Table:
    return [score(*pair) for pair in pictures]


def _plain(metric: torch.nn.Module, made: Sequence[np.ndarray], gt: np.ndarray) -> list[float]:
    with torch.inference_mode():
        return [float(metric(_tensor(picture), _tensor(gt))) for picture in made]


def _tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float().div(255)


def _least_time(score: Callable[[], Table], repeats: int) -> tuple[Table, float]:
    """(scores, least seconds of the processor)."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        scores = score()
        times.append(time.process_time() - start)
    return scores, min(times)
