from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.core.errors import CMCError
from cmc.registry import METRICS
from tests.conftest import photo
from tests.pyiqas import pyiqas

CPU = torch.device("cpu")
NAMES = ("psnr", "ssim", "ms_ssim")


def _pictures(width: int, height: int) -> list[np.ndarray]:
    """A photograph, and it blurred, noisy, darker, and another one."""
    image = photo("coffee.png").resize((width, height))
    gt = np.asarray(image)
    noise = np.random.default_rng(0).normal(0, 20, gt.shape)
    return [
        gt,
        np.asarray(image.resize((width // 6, height // 6)).resize(image.size)),
        (gt + noise).clip(0, 255).astype(np.uint8),
        gt // 2,
        np.asarray(photo("chelsea.png").resize(image.size)),
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(272, 240), (301, 197), (161, 163)])
def test_all_pictures_of_a_ground_truth_have_pyiqas_scores(name: str, size: tuple[int, int]) -> None:
    gt, *pictures = _pictures(*size)
    found = METRICS.get(name).create(Path(), CPU, torch.float32).score([gt, *pictures], gt)
    theirs = pyiqas(name)
    tensors = [torch.from_numpy(picture.copy()).permute(2, 0, 1)[None] / 255 for picture in (gt, *pictures)]
    expected = [float(theirs(picture, tensors[0])) for picture in tensors]
    assert found == pytest.approx(expected, abs=1e-5, rel=0)
    assert np.ptp(found) > 0.2


def test_flat_pictures_have_pyiqas_scores() -> None:
    """Where variances are differences of large numbers that are nearly equal."""
    pictures = [np.full((176, 176, 3), level, np.uint8) for level in (0, 3, 128, 254, 255)]
    for name in NAMES:
        metric, theirs = METRICS.get(name).create(Path(), CPU, torch.float32), pyiqas(name)
        for gt in pictures:
            reference = torch.from_numpy(gt).permute(2, 0, 1)[None] / 255
            for picture, score in zip(pictures, metric.score(pictures, gt), strict=True):
                expected = float(theirs(torch.from_numpy(picture).permute(2, 0, 1)[None] / 255, reference))
                assert score == pytest.approx(expected, abs=1e-5, rel=0)


@pytest.mark.parametrize(("name", "least"), [("ssim", 11), ("ms_ssim", 161)])
def test_the_least_size_is_pyiqas(name: str, least: int) -> None:
    metric, theirs = METRICS.get(name).create(Path(), CPU, torch.float32), pyiqas(name)
    picture = np.random.default_rng(0).integers(0, 256, (least, least + 5, 3), dtype=np.uint8)
    assert metric.score([picture], picture) == pytest.approx([1.0])
    with pytest.raises(CMCError, match=rf"{name} cannot score a picture of {least + 5}x{least - 1} \(a side under"):
        metric.score([picture[1:]], picture[1:])
    tensor = torch.from_numpy(picture[1:].copy()).permute(2, 0, 1)[None] / 255
    with pytest.raises(RuntimeError):
        theirs(tensor, tensor)
