from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import torch

from cmc.core.errors import CMCError
from cmc.metrics.fid import Fid, frechet, kernel
from cmc.metrics.patch_fid import cut_patches
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests.conftest import photo
from tests.tiny_iqa import save_fid

CPU = torch.device("cpu")


def _places(width: int, height: int, side: int) -> list[tuple[int, int]]:
    """(left, top) of every patch, read off pixels that hold their own place."""
    y, x = np.mgrid[:height, :width]
    places = np.stack([x, y, y], axis=2)
    patches = cut_patches(places, side)
    for patch in patches:
        assert patch.shape == (side, side, 3)
        assert (patch - patch[0, 0] == places[:side, :side]).all()
    return [(int(patch[0, 0, 0]), int(patch[0, 0, 1])) for patch in patches]


def test_patches_are_a_grid_and_the_grid_half_a_patch_on() -> None:
    grid = [(left, top) for top in (0, 256) for left in (0, 256, 512)]
    # Of a Kodak picture, whose 24 make the 192 patches that HiFiC counts.
    assert _places(768, 512, 256) == [*grid, (128, 128), (384, 128)]
    # What does not fill a patch is left out, and a second pass need not have any.
    assert _places(383, 300, 256) == [(0, 0)]
    assert _places(256, 256, 256) == [(0, 0)]
    assert _places(100, 70, 64) == [(0, 0)]
    assert _places(100, 96, 64) == [(0, 0), (32, 32)]
    with pytest.raises(CMCError, match="a picture of 300x255 has no patch of 256x256"):
        cut_patches(np.zeros((255, 300, 3), np.uint8), 256)


def test_distances_of_many_features_are_those_of_their_covariances() -> None:
    generator = np.random.default_rng(0)
    gt = generator.normal(size=(2500, 20))
    decoded = generator.normal(size=(2500, 20)) @ generator.normal(size=(20, 20)) * 0.4 + 0.3
    one, other = np.cov(gt, rowvar=False), np.cov(decoded, rowvar=False)
    root = scipy.linalg.sqrtm(one @ other).real
    gap = ((gt.mean(0) - decoded.mean(0)) ** 2).sum()
    assert frechet(gt, decoded) == pytest.approx(gap + np.trace(one + other - 2 * root), rel=1e-8)
    # All pairs at once, those of a row with itself left out.
    within = [(features @ features.T / 20 + 1) ** 3 for features in (gt, decoded)]
    alike = sum((k.sum() - np.trace(k)) / (2500 * 2499) for k in within)
    assert kernel(gt, decoded) == pytest.approx(alike - 2 * ((gt @ decoded.T / 20 + 1) ** 3).mean(), rel=1e-8)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_fid(tmp_path)
    return tmp_path


def test_features_are_fids_of_every_patch(weights: Path) -> None:
    entry = METRICS.get("fid_64")
    check_weights(weights, [entry])
    picture = np.asarray(photo("coffee.png").resize((140, 100)))
    found = entry.create(weights, CPU).features([picture, 255 - picture])
    patches = [picture[:64, :64], picture[:64, 64:128], picture[32:96, 32:96]]
    expected = Fid(weights, CPU).features(patches)
    assert found.shape == (2, 3, 2048)
    spread = np.abs(expected[0] - expected[1]).max()
    assert np.abs(found[0] - expected).max() < 1e-4 * spread
    assert np.abs(found[1] - expected).max() > 0.1 * spread


def test_the_side_is_part_of_every_name(weights: Path) -> None:
    sets = np.random.default_rng(0).normal(np.array([0.0, 1.0])[:, None, None], size=(2, 30, 8))
    for side in (64, 128, 256):
        entry = METRICS.get(f"fid_{side}")
        metric = entry.create(weights, CPU)
        assert metric.identity["metric"] == entry.name
        assert metric.distances(*sets) == {f"fid_{side}": frechet(*sets), f"kid_{side}": kernel(*sets)}
        assert entry.facts.columns == (f"fid_{side}", f"kid_{side}")
        assert entry.facts.ranges == {f"fid_{side}": (0.0, None), f"kid_{side}": (None, None)}
