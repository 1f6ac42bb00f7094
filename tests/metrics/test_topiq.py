from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch._inductor import config as inductor

from cmc.metrics.base import Metric
from cmc.registry import METRICS
from tests.conftest import photo
from tests.pyiqas import pyiqas
from tests.tiny_topiq import BACKBONE, save_topiq

CPU = torch.device("cpu")
# Photographs and the sizes they are scored at; one at a size of its own, far apart in shape.
SIZES = [("coffee.png", (200, 133)), ("chelsea.png", (151, 100)), ("page.png", (96, 64)), ("rocket.jpg", (65, 320))]


def make(name: str, weights: Path, **options: str) -> Metric:
    entry = METRICS.get(name)
    return entry.create(weights, CPU, torch.float32, **options)


def oracle(name: str, weights: Path) -> torch.nn.Module:
    """pyiqa's own metric, from files, one at a time."""
    model = pyiqas(name, semantic_model_name=BACKBONE, pretrained=False, backbone_pretrain=False)
    model.load_weights(str(weights / next(iter(METRICS.get(name).facts.weights))))
    return model


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Path]]:
    """(ground truth, picture) in several sizes."""
    folder, pairs = tmp_path_factory.mktemp("pictures"), []
    for name, size in SIZES:
        gt = photo(name).resize(size)
        picture = gt.resize((gt.width // 8 + 1, gt.height // 8 + 1)).resize(gt.size)
        pairs.append((folder / f"{name}.gt.png", folder / f"{name}.png"))
        gt.save(pairs[-1][0])
        picture.save(pairs[-1][1])
    return pairs


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


@pytest.mark.parametrize("order", ["published", "standard"])
def test_fr_is_pyiqas_in_both_orders(weights: Path, files: list[tuple[Path, Path]], order: str) -> None:
    metric, theirs = make("topiq_fr", weights, fr_order=order), oracle("topiq_fr", weights)
    found, expected = [], []
    for gt, picture in files:
        found += metric.score([pixels(picture), pixels(gt)], pixels(gt))
        pair = (gt, picture) if order == "published" else (picture, gt)
        expected += [float(theirs(*map(str, pair))), float(theirs(str(gt), str(gt)))]
    assert found == pytest.approx(expected, abs=1e-4)
    # Else the comparison says little.
    assert np.ptp(found) > 0.5
    assert min(abs(np.diff(sorted(found)))) > 1e-3


def test_the_order_matters_and_the_published_one_is_the_default(weights: Path, files: list[tuple[Path, Path]]) -> None:
    gt, picture = map(pixels, files[1])
    default = make("topiq_fr", weights).score([picture], gt)
    assert default == make("topiq_fr", weights, fr_order="published").score([picture], gt)
    assert abs(default[0] - make("topiq_fr", weights, fr_order="standard").score([picture], gt)[0]) > 0.01


def test_nr_is_pyiqas_and_looks_at_no_ground_truth(weights: Path, files: list[tuple[Path, Path]]) -> None:
    metric, theirs = make("topiq_nr", weights), oracle("topiq_nr", weights)
    pictures = [picture for _, picture in files]
    found = [metric.score([pixels(picture)], None)[0] for picture in pictures]
    assert found == pytest.approx([float(theirs(str(picture))) for picture in pictures], abs=1e-4)
    assert np.ptp(found) > 0.1
    assert metric.score([pixels(pictures[0])], pixels(files[0][0])) == found[:1]


def test_released_files_are_resnet50(tmp_path: Path, files: list[tuple[Path, Path]]) -> None:
    save_topiq(tmp_path / "topiq-nr.pth", False, backbone="resnet50")
    assert set(torch.load(tmp_path / "topiq-nr.pth", weights_only=True)) == {"params"}
    theirs = pyiqas("topiq_nr", pretrained=False, backbone_pretrain=False)
    theirs.load_weights(str(tmp_path / "topiq-nr.pth"))
    picture = files[2][1]
    found = make("topiq_nr", tmp_path).score([pixels(picture)], None)
    assert found == pytest.approx([float(theirs(str(picture)))], abs=1e-4)


@pytest.mark.parametrize("size", [(1, 300), (20, 30), (64, 64)])
def test_small_and_thin_pictures_have_a_score(weights: Path, size: tuple[int, int]) -> None:
    gt = np.asarray(photo("coffee.png").resize(size))
    assert np.isfinite(make("topiq_fr", weights).score([255 - gt], gt)).all()


def test_state_dict_may_be_bare_or_parallel(weights: Path, tmp_path: Path, files: list[tuple[Path, Path]]) -> None:
    document = torch.load(weights / "topiq-nr.pth", weights_only=True)
    parallel = {f"module.{key}": value for key, value in document["params"].items()}
    torch.save({"params_ema": parallel, "semantic_model_name": BACKBONE}, tmp_path / "topiq-nr.pth")
    picture = pixels(files[2][1])
    assert make("topiq_nr", tmp_path).score([picture], None) == make("topiq_nr", weights).score([picture], None)
    save_topiq(tmp_path / "whole.pth", False, backbone="resnet50")
    torch.save(torch.load(tmp_path / "whole.pth", weights_only=True)["params"], tmp_path / "topiq-nr.pth")
    assert make("topiq_nr", tmp_path).score([picture], None)


def test_identity_tells_weights_order_and_format_apart(weights: Path, tmp_path: Path) -> None:
    save_topiq(tmp_path / "topiq-fr.pth", True, seed=1)
    entry = METRICS.get("topiq_fr")
    made = [
        make("topiq_fr", weights),
        make("topiq_nr", weights),
        make("topiq_fr", tmp_path),
        make("topiq_fr", weights, fr_order="standard"),
        entry.create(weights, CPU, torch.bfloat16),
        entry.create(weights, CPU, torch.float32, compiled=True),
    ]
    assert len({str(sorted(metric.identity.items(), key=str)) for metric in made}) == len(made)
    assert make("topiq_fr", weights).identity == made[0].identity


# Whether the processor has vectors would be found out by compiling more.
@inductor.patch("cpp.vec_isa_ok", False)
def test_compiled_scores_are_the_exact_ones_but_for_rounding(weights: Path) -> None:
    torch._dynamo.utils.counters.clear()
    picture = np.asarray(photo("coffee.png").resize((64, 64)))
    exact = make("topiq_nr", weights).score([picture, picture[::-1]], None)
    compiled = METRICS.get("topiq_nr").create(weights, CPU, torch.float32, compiled=True)
    assert compiled.score([picture, picture[::-1]], None) == pytest.approx(exact, abs=1e-4)
    # Features and what becomes of them: the second picture finds both compiled.
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 2


@pytest.mark.parametrize("order", ["published", "standard"])
def test_sizes_mixed_from_64_to_1411_pixels_are_pyiqas(weights: Path, tmp_path: Path, order: str) -> None:
    retina = photo("retina.jpg")
    assert retina.size == (1411, 1411)
    fr, nr = make("topiq_fr", weights, fr_order=order), make("topiq_nr", weights)
    oracles = oracle("topiq_fr", weights), oracle("topiq_nr", weights)
    # One after the other by the same metric, sizes repeated, since something of a size is kept.
    # Never the whole, which takes pyiqa a while.
    largest = (1411, 96) if order == "published" else (96, 1411)
    for size in [(64, 64), largest, (201, 64), (64, 201), (301, 193), (64, 64)]:
        gt = retina.resize(size)
        picture = gt.resize((size[0] // 6 + 1, size[1] // 6 + 1)).resize(size)
        gt.save(tmp_path / "gt.png")
        picture.save(tmp_path / "picture.png")
        paths = [str(tmp_path / name) for name in ("gt.png", "picture.png")]
        pair = paths if order == "published" else paths[::-1]
        found = fr.score([np.asarray(picture)], np.asarray(gt)) + nr.score([np.asarray(picture)], None)
        assert found == pytest.approx([float(oracles[0](*pair)), float(oracles[1](paths[1]))], abs=1e-4), size


def test_one_call_over_many_pictures_is_one_call_a_picture(weights: Path, files: list[tuple[Path, Path]]) -> None:
    gt, picture = map(pixels, files[0])
    pictures = [picture, gt, 255 - picture, picture[::-1].copy()]
    for name in ("topiq_fr", "topiq_nr"):
        metric = make(name, weights)
        single = [metric.score([one], gt)[0] for one in pictures]
        assert metric.score(pictures, gt) == pytest.approx(single, abs=1e-5)
