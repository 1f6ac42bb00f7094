from pathlib import Path

import numpy as np
import pytest
import torch
from pyiqa.archs import fid_arch, inception
from pyiqa.utils import download_util

from cmc.metrics.fid import frechet, kernel
from cmc.registry import METRICS
from tests.conftest import photo
from tests.tiny_iqa import save_fid


def _sets(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(0).normal(size=(2, n, d))
    return drawn[0], drawn[1] @ np.random.default_rng(1).normal(size=(d, d)) * 0.4 + 0.3


def test_frechet_is_pyiqas_without_its_matrix_root() -> None:
    one, other = _sets(200, 12)
    moments = [moment for x in (one, other) for moment in (x.mean(0), np.cov(x, rowvar=False))]
    assert frechet(one, other) == pytest.approx(fid_arch.frechet_distance(*moments), rel=1e-8)
    assert frechet(one, one) == pytest.approx(0, abs=1e-9)


def test_kernel_is_pyiqas_over_all_pictures() -> None:
    one, other = _sets(60, 12)
    assert kernel(one, other) == pytest.approx(fid_arch.mmd_polynomial_kernel(one, other, num_subsets=1), rel=1e-8)
    halves = np.random.default_rng(2).normal(size=(2, 2000, 8))
    # Unbiased: as likely below zero as above it for two samples of one distribution.
    assert abs(kernel(*halves)) < 0.02


def test_features_are_pyiqas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_fid(tmp_path)
    monkeypatch.setattr(download_util, "DEFAULT_CACHE_DIR", str(tmp_path))
    metric = METRICS.get("fid").create(tmp_path, torch.device("cpu"))
    images = [photo("coffee.png").resize((320, 200)), photo("chelsea.png").resize((200, 320))]
    for index, image in enumerate(images):
        image.save(tmp_path / f"{index}.png")
    found = metric.features([np.asarray(image) for image in images])
    pyiqas = inception.InceptionV3(output_blocks=[3]).eval()
    expected = fid_arch.get_folder_features(
        str(tmp_path), pyiqas, num_workers=0, device=torch.device("cpu"), mode="clean", verbose=False
    )
    assert found.shape == (2, 2048)
    assert np.abs(found - expected).max() < 1e-3 * np.abs(found[0] - found[1]).max()
