import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cmc.core.errors import CMCError
from cmc.metrics.base import Metric, SetMetric
from cmc.metrics.checked import checked_distances, checked_features, scores_or_faults
from cmc.metrics.fid import frechet, kernel
from cmc.metrics.selection import build_metrics
from cmc.registry import METRICS
from tests import tiny_iqa

PICTURES = [np.full((4, 6, 3), level, np.uint8) for level in (10, 20, 30)]


class Says(Metric):
    """Returns what it was made with, or calls it."""

    full_reference = False
    identity: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, said: Any) -> None:
        self.said = said

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        return self.said(pictures) if callable(self.said) else self.said


def _raise(error: Exception) -> Any:
    def score(pictures: Sequence[np.ndarray]) -> list[float]:
        raise error

    return score


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, "expected a list of scores from mine, found None"),
        (0.5, "expected a list of scores from mine, found a float"),
        ({"a": 1}, "expected a list of scores from mine, found a dict"),
        ([], "expected 1 score(s) from mine, found 0"),
        ([1.0, 2.0], "expected 1 score(s) from mine, found 2"),
        (["0.5"], "expected a number from mine, found a str"),
        ([None], "expected a number from mine, found None"),
        ([[0.5]], "expected a number from mine, found a list"),
        ([1 + 2j], "expected a number from mine, found a complex"),
        ([float("-inf")], "mine is -inf, which is no score"),
        ([np.float32("nan")], "mine is nan, which is no score"),
        ([10**400], "mine failed: OverflowError"),
        ([1.1], "mine is 1.1, out of its range, 0 to 1"),
        ([-3], "mine is -3, out of its range, 0 to 1"),
        (_raise(AttributeError("no such part")), "mine failed: AttributeError: no such part (test_checked.py, line "),
        (_raise(StopIteration()), "mine failed: StopIteration"),
        (_raise(MemoryError()), "mine failed: MemoryError"),
        (_raise(KeyError("colour\nspace")), "mine failed: KeyError: 'colour\\nspace'"),
        (_raise(CMCError("too dark")), "too dark"),
    ],
)
def test_what_is_no_score_is_told_for_that_picture(said: Any, told: str) -> None:
    metric = Says(said)
    metric.ends = (0, 1)
    (fault,) = scores_or_faults("mine", metric, PICTURES[:1], None)
    assert isinstance(fault, CMCError)
    assert str(fault).startswith(told)
    assert "\n" not in str(fault)


@pytest.mark.parametrize(
    "said", [[0.25], (0.25,), np.array([0.25], np.float32), [torch.tensor(0.25)], [Decimal("0.25")]]
)
def test_numbers_of_any_library_are_numbers(said: Any) -> None:
    assert scores_or_faults("mine", Says(said), PICTURES[:1], None) == [0.25]


def test_rounding_is_brought_back_into_the_range() -> None:
    metric = Says([1.0000002, -1e-9, 0.3])
    metric.ends = (0, 1)
    assert scores_or_faults("mine", metric, PICTURES, None) == [1.0, 0.0, 0.3]
    metric.ends = (None, None)
    assert scores_or_faults("mine", metric, PICTURES, None)[0] == 1.0000002


def test_a_picture_is_left_out_only_by_a_metric_that_says_which() -> None:
    metric = Says([0.5, None, 0.7])
    first, second, third = scores_or_faults("mine", metric, PICTURES, None)
    assert (first, third) == (0.5, 0.7)
    assert str(second) == "expected a number from mine, found None"
    metric.leaves_out = "pictures of the second kind"
    first, second, third = scores_or_faults("mine", metric, PICTURES, None)
    assert (first, third) == (0.5, 0.7)
    assert math.isnan(float(second))  # type: ignore[arg-type]


def test_only_a_metric_that_reads_captions_is_given_them() -> None:
    class Reads(Says):
        reads_caption = True

        def score(  # type: ignore[override]
            self, pictures: Sequence[np.ndarray], gt: np.ndarray | None, captions: Sequence[str]
        ) -> list[float]:
            if len(pictures) == 3:
                raise ValueError("too many at once")
            return [float(caption) for caption in captions]

    assert scores_or_faults("mine", Reads(None), PICTURES[:2], None, ["4", "5"]) == [4, 5]
    assert scores_or_faults("mine", Reads(None), PICTURES, None, ["4", "5", "6"]) == [4, 5, 6]


def test_a_wrong_count_for_several_is_asked_of_each_alone() -> None:
    metric = Says(lambda pictures: [float(pictures[0].mean())] * (1 if len(pictures) < 3 else 7))
    assert scores_or_faults("mine", metric, PICTURES, None) == [10, 20, 30]


@pytest.mark.parametrize("name", ["psnr", "ssim", "ms_ssim", "lpips", "dists", "cnniqa", "dbcnn"])
def test_a_metrics_smallest_size_fails_that_picture_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in tiny_iqa.SAVE:
        tiny_iqa.SAVE[name](tmp_path)
    entry = METRICS.get(name)
    (metric,) = build_metrics([entry], tmp_path, torch.device("cpu"), torch.float32, None, False).values()
    metric.ends = (None, None)  # of random weights
    for width, height in ((1, 1), (2, 9), (8, 8), (16, 16), (33, 5), (165, 200)):
        gt = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
        scores = scores_or_faults(name, metric, [gt, 255 - gt], gt if metric.full_reference else None)
        for score in scores:
            assert isinstance(score, float) or f"{name} cannot score a picture of {width}x{height}" in str(score)
    assert all(isinstance(score, float) for score in scores)


def test_identical_pictures_stay_within_the_range(tmp_path: Path) -> None:
    names = ("psnr", "ssim", "ms_ssim")
    metrics = build_metrics(
        [METRICS.get(name) for name in names], tmp_path, torch.device("cpu"), torch.float32, None, False
    )
    for seed in range(3):
        gt = np.random.default_rng(seed).integers(0, 256, (170, 180, 3), dtype=np.uint8)
        for name, metric in metrics.items():
            (score,) = scores_or_faults(name, metric, [gt], gt)
            assert score == {"psnr": 80.0}.get(name, 1.0)


class Sets(SetMetric):
    identity: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, said: Any) -> None:
        self.said = said

    def features(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        return self.said

    def distances(self, gt: np.ndarray, decoded: np.ndarray) -> dict[str, float]:
        return self.said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, "found None"),
        (np.zeros(3), r"found \(3,\)"),
        (np.zeros((2, 5)), r"found \(2, 5\)"),
        (np.zeros((3, 5), int), "found int64"),
        (np.full((3, 5), np.inf), "finite float features"),
    ],
)
def test_features_are_a_row_of_numbers_a_picture(said: Any, told: str) -> None:
    with pytest.raises(CMCError, match=told):
        checked_features("mine", Sets(said), PICTURES)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, "found None"),
        ({"near": 1.0}, "expected near, far from mine, found near"),
        ({"near": 1.0, "far": "2"}, "expected a number from far, found a str"),
        ({"near": -2.0, "far": 1.0}, "near is -2, out of its range, 0 to inf"),
    ],
)
def test_distances_are_a_number_a_column(said: Any, told: str) -> None:
    ends = {"near": (0.0, None), "far": (None, None)}
    with pytest.raises(CMCError, match=told):
        checked_distances("mine", Sets(said), np.zeros((2, 2)), np.zeros((2, 2)), ends)


def test_fid_of_equal_sets_never_falls_below_zero_and_kid_may() -> None:
    distances, kernels = [], []
    for seed in range(40):
        features = np.random.default_rng(seed).normal(size=(5 + seed, 64)) * 10.0 ** (seed % 7)
        shuffled = np.random.default_rng(seed).permutation(features)
        distances.append(frechet(features, shuffled))
        kernels.append(kernel(features, shuffled))
    assert min(distances) == 0
    assert min(kernels) < 0
    facts = METRICS.get("fid").facts
    assert facts.ranges == {"fid": (0.0, None), "kid": (None, None)}
