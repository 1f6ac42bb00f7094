import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from pyiqa.archs import liqe_arch
from pyiqa.utils import download_util

from cmc.core.errors import CMCError
from cmc.metrics.lpips import BATCH
from cmc.metrics.pyiqa_table import NETWORKS
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests import tiny_iqa
from tests.conftest import photo
from tests.pyiqas import pyiqas

CPU = torch.device("cpu")
# Sides of a corner of the pictures, for networks that take any size and take long.
CORNERS = {"pieapp": (91, 118), "dists": (112, 96), "dbcnn": (112, 96), "msswd": (112, 96)}


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    gt = photo("coffee.png").resize((272, 240))
    return np.asarray(gt), np.asarray(gt.resize((60, 50)).resize(gt.size))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a metric went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pyiqa itself takes for its cache of downloads; the backbones come from where the files came."""
    monkeypatch.setattr(download_util, "DEFAULT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(liqe_arch, "DEFAULT_CACHE_DIR", str(tmp_path))
    return tmp_path


def oracle(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> torch.nn.Module:
    """pyiqa's own metric, with its own loading, where its makers would have downloaded backbones."""
    bare = folder / ("clip.pt" if name == "liqe" else "RN50.pt")
    if name == "liqe":
        torch.save(tiny_iqa.clip(1, 64, 32), bare)
    with monkeypatch.context() as patched:
        tiny_iqa.stand_in(patched, bare)
        return pyiqas(name, **options)


@pytest.mark.parametrize("name", tiny_iqa.SAVE)
def test_scores_are_pyiqas(
    name: str, released: Path, pair: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_iqa.SAVE[name](released)
    entry, options = METRICS.get(name), {}
    check_weights(released, [entry])
    if name in tiny_iqa.FEWER:
        options = tiny_iqa.FEWER[name]
        network = NETWORKS[name]
        monkeypatch.setitem(NETWORKS, name, replace(network, options={**network.options, **options}))
    if name == "ahiq":
        whole = timm.create_model
        monkeypatch.setattr(timm, "create_model", lambda name, **o: whole(name, **tiny_iqa.less(name), **o))
        tiny_iqa.narrow_ahiq(monkeypatch)
    if name == "maniqa":
        monkeypatch.setattr(timm, "create_model", tiny_iqa.narrow)
        monkeypatch.setattr(tiny_iqa, "backbone", tiny_iqa.narrow)
    metric = entry.create(released, CPU, torch.float32)
    height, width = CORNERS.get(name, pair[0].shape[:2])
    gt, made = (picture[:height, :width] for picture in pair)
    noise = np.random.default_rng(0).integers(0, 256, gt.shape, dtype=np.uint8)
    found = metric.score([made, noise], gt if entry.facts.full_reference else None)
    pyiqas = oracle(name, released, monkeypatch, **options)
    tensors = [torch.from_numpy(one.copy()).permute(2, 0, 1)[None] / 255 for one in (made, noise, gt)]
    others = tensors[2:] if entry.facts.full_reference else []
    assert pyiqas.metric_mode == ("FR" if others else "NR")
    assert pyiqas.lower_better is not entry.facts.higher_is_better
    expected = [float(pyiqas(one, *others)) for one in tensors[:2]]
    assert found == pytest.approx(expected, abs=2e-6, rel=1e-5)
    # Else the comparison says little.
    assert abs(found[0] - found[1]) > 5e-5


def test_what_needs_no_weights_is_right(tmp_path: Path, pair: tuple[np.ndarray, np.ndarray]) -> None:
    from skimage.metrics import peak_signal_noise_ratio

    gt, made = pair
    (found,) = METRICS.get("psnr").create(tmp_path, CPU, torch.float32).score([made], gt)
    assert found == pytest.approx(peak_signal_noise_ratio(gt, made), abs=1e-3)
    for name in ("ssim", "ms_ssim"):
        one, same = METRICS.get(name).create(tmp_path, CPU, torch.float32).score([made, gt], gt)
        assert 0.1 < one < 0.95
        assert same == pytest.approx(1.0)


def test_absent_files_are_named_with_their_source(tmp_path: Path) -> None:
    with pytest.raises(CMCError) as caught:
        check_weights(tmp_path, [METRICS.get(name) for name in ("lpips", "psnr", "clipsim", "fid", "ahiq")])
    assert str(caught.value).startswith(f"{tmp_path} lacks")
    for name in ("lpips", "clipsim", "fid", "ahiq"):
        for file, page in METRICS.get(name).facts.weights.items():
            assert f"{file} from {page}" in str(caught.value).replace("\n", " ")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda state: {key: value for key, value in state.items() if key != "fc1.bias"}, "1 missing: fc1.bias"),
        (lambda state: state | {"extra": torch.zeros(1)}, "1 unknown: extra"),
        (lambda state: state | {"fc1.bias": torch.zeros(3)}, "1 of another shape: fc1.bias"),
    ],
    ids=["missing", "unknown", "shape"],
)
def test_weights_are_strict(tmp_path: Path, spoil: Any, told: str) -> None:
    tiny_iqa.save_cnniqa(tmp_path)
    path = tmp_path / "CNNIQA_koniq10k-e6f14c91.pth"
    torch.save({"params": spoil(torch.load(path, weights_only=True)["params"])}, path)
    with pytest.raises(CMCError, match=told):
        METRICS.get("cnniqa").create(tmp_path, CPU, torch.float32)


def test_an_archive_of_code_is_opened_only_if_it_is_openais(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "RN50.pt")
    with pytest.raises(CMCError, match=r"RN50\.pt .* nothing in it was run"):
        METRICS.get("clipiqa").create(tmp_path, CPU, torch.float32)


def test_a_picture_that_is_too_small_is_named(tmp_path: Path) -> None:
    tiny_iqa.save_liqe(tmp_path)
    metric = METRICS.get("liqe").create(tmp_path, CPU, torch.float32)
    with pytest.raises(CMCError, match=r"liqe cannot score a picture of 96x64 \(Short side"):
        metric.score([np.zeros((64, 96, 3), np.uint8)], None)


def test_llama_is_never_patched() -> None:
    import sys

    assert not [name for name in sys.modules if name.startswith(("pyiqa.archs.q_align", "pyiqa.archs.qalign"))]


def test_lpips_of_many_pictures_is_that_of_each_alone(tmp_path: Path, pair: tuple[np.ndarray, np.ndarray]) -> None:
    tiny_iqa.save_lpips(tmp_path)
    metric = METRICS.get("lpips").create(tmp_path, CPU, torch.float32)
    gt = pair[0][:80, :96]
    pictures = [np.roll(gt, shift, 1) for shift in range(BATCH + 2)]
    together = metric.score(pictures, gt)
    assert together == pytest.approx([metric.score([picture], gt)[0] for picture in pictures], abs=1e-6)
    assert together[0] < 1e-9 < min(together[1:])
