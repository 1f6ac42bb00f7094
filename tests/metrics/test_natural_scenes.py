from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch

from cmc.core.errors import CMCError
from cmc.metrics.base import Metric
from cmc.metrics.checked import scores_or_faults
from cmc.registry import METRICS
from tests.tiny_iqa import save_brisque, save_niqe

CPU = torch.device("cpu")


def _metric(name: str, folder: Path) -> Metric:
    return METRICS.get(name).create(folder, CPU, torch.float32)


class Runs:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def test_no_code_of_a_file_is_run(tmp_path: Path) -> None:
    torch.save((torch.zeros(4), Runs(tmp_path / "ran")), tmp_path / "brisque_svm_weights.pth")
    with pytest.raises(CMCError, match=r"brisque_svm_weights\.pth cannot be read: .* nothing in it was run"):
        _metric("brisque", tmp_path)
    assert not (tmp_path / "ran").exists()


def test_tables_of_another_shape_are_refused(tmp_path: Path) -> None:
    torch.save((torch.zeros(4), torch.zeros(5, 36)), tmp_path / "brisque_svm_weights.pth")
    with pytest.raises(CMCError, match=r"sv_coef is of shape \(4,\), expected \(5,\)"):
        _metric("brisque", tmp_path)
    path = tmp_path / "niqe_modelparameters.mat"
    scipy.io.savemat(path, {"mu_prisparam": np.zeros((1, 36)), "cov_prisparam": np.zeros((36, 35))})
    with pytest.raises(CMCError, match=r"cov_prisparam is of shape \(36, 35\), expected \(36, 36\)"):
        _metric("niqe", tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CMCError, match=r"niqe_modelparameters\.mat cannot be read"):
        _metric("niqe", tmp_path)


def test_a_picture_without_statistics_fails_alone(tmp_path: Path) -> None:
    save_niqe(tmp_path)
    save_brisque(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (96, 192, 3), dtype=np.uint8)
    # NIQE is of blocks of 96 pixels.
    whole, part = (scores_or_faults("niqe", _metric("niqe", tmp_path), [of], None)[0] for of in (noise, noise[1:]))
    assert isinstance(whole, float)
    assert "niqe cannot score a picture of 192x95" in str(part)
    flat, other = scores_or_faults("brisque", _metric("brisque", tmp_path), [np.full_like(noise, 128), noise], None)
    assert "brisque is nan, which is no score" in str(flat)
    assert isinstance(other, float)
