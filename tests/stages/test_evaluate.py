import math
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.core.choice import Choice
from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.failed_csv import write_failures
from cmc.core.workspace import Workspace, list_images
from cmc.metrics.base import Metric
from cmc.registry import METRICS
from cmc.stages.engine.here import HereCrew
from cmc.stages.evaluate import Score, evaluate
from cmc.stages.evaluate_tasks import check_pictures, find_target, plan_tasks, refuse_unusable
from cmc.stages.score_cache import ScoreCache
from cmc.stages.scoring_worker import ScoringWorker
from cmc.stages.staleness import Staleness
from tests.conftest import PHOTOS, blur_all
from tests.tiny_topiq import save_weights


class Counting(Metric):
    """TOPIQ that notes how many pictures it was asked for, in calls of how many."""

    def __init__(self, inner: Metric) -> None:
        self.inner, self.full_reference, self.identity = inner, inner.full_reference, inner.identity
        self.calls: list[int] = []

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        self.calls.append(len(pictures))
        return self.inner.score(pictures, gt)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def metrics(weights: Path) -> dict[str, Counting]:
    made = {}
    for column, name in (("fr", "topiq_fr"), ("nr", "topiq_nr")):
        entry = METRICS.get(name)
        metric = entry.create(weights, torch.device("cpu"), torch.float32)
        made[column] = Counting(metric)
    return made


@pytest.fixture
def results(space: Path) -> Path:
    """Two targets of two modes each, made from GT by blurring more or less."""
    blur_all(space, "real", {"full": 4, "text": 16})
    blur_all(space, "sdxl", {"full": 8})
    return space


def _staleness(space: Path) -> Staleness:
    return Staleness(Workspace(space), space / "Result", FileDigests(space / "digests.sqlite"))


def score_all(space: Path, metrics: dict[str, Counting], targets: Sequence[str] = ("real",)) -> list[Score]:
    tasks = plan_tasks(list_images(space / "GT"), Choice(), space / "Result", targets, True)
    with ScoreCache(space / "cache.sqlite") as cache:
        return list(
            evaluate(
                [check_pictures(task, _staleness(space)) for task in tasks], HereCrew(ScoringWorker(metrics)), cache
            )
        )


def test_every_mode_of_every_target_pairs_by_name(results: Path, metrics: dict[str, Counting]) -> None:
    found = score_all(results, metrics, ["real", "sdxl"])
    assert [(one.target, one.mode) for one in found[:3]] == [("real", "full"), ("real", "text"), ("sdxl", "full")]
    assert [one.name for one in found[::3]] == [f"{name}.png" for name in sorted(PHOTOS)]
    # One ground truth's pictures come together, so that a metric can share what it computed of it.
    assert metrics["fr"].calls == metrics["nr"].calls == [3] * len(PHOTOS)
    for one in found:
        gt = np.asarray(Image.open(results / "GT" / one.name))
        picture = np.asarray(Image.open(results / "Result" / one.target / one.mode / one.name))
        expected = {name: metric.inner.score([picture], gt)[0] for name, metric in metrics.items()}
        assert one.values == pytest.approx(expected, abs=1e-5)
    assert len({round(value, 3) for one in found for value in one.values.values()}) > len(found)


def test_nothing_is_scored_twice(results: Path, metrics: dict[str, Counting]) -> None:
    first = score_all(results, metrics)
    for metric in metrics.values():
        metric.calls.clear()
    assert score_all(results, metrics) == first
    assert metrics["fr"].calls == metrics["nr"].calls == []
    both = score_all(results, metrics, ["real", "sdxl"])
    assert metrics["fr"].calls == metrics["nr"].calls == [1] * len(PHOTOS)
    assert [one for one in both if one.target == "real"] == first


def test_a_changed_picture_is_scored_again(results: Path, metrics: dict[str, Counting]) -> None:
    before = score_all(results, metrics)
    path = results / "Result/real/text/other.png"
    stamp = path.stat()
    shutil.copy(results / "GT/other.png", path)
    # Neither name, size in pixels nor time tells the new picture from the old one.
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    for metric in metrics.values():
        metric.calls.clear()
    after = score_all(results, metrics)
    assert metrics["fr"].calls == metrics["nr"].calls == [1]
    changed = [(a.name, a.mode) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [("other.png", "text")]


def test_a_changed_ground_truth_changes_fr_alone(results: Path, metrics: dict[str, Counting]) -> None:
    before = score_all(results, metrics)
    gt = Image.open(results / "GT/other.png")
    Image.fromarray(255 - np.asarray(gt)).save(results / "GT/other.png")
    for metric in metrics.values():
        metric.calls.clear()
    after = score_all(results, metrics)
    assert (metrics["fr"].calls, metrics["nr"].calls) == ([2], [])
    for old, new in zip(before, after, strict=True):
        assert old.values["nr"] == new.values["nr"]
        assert (old.values["fr"] != new.values["fr"]) == (old.name == "other.png")


def test_a_stopped_run_goes_on_where_it_was(results: Path, metrics: dict[str, Counting]) -> None:
    tasks = plan_tasks(list_images(results / "GT"), Choice(), results / "Result", ["real"], False)
    with ScoreCache(results / "cache.sqlite") as cache:
        running = evaluate(tasks, HereCrew(ScoringWorker(metrics)), cache)
        taken = [next(running) for _ in range(3)]
        running.close()
    assert sum(metrics["fr"].calls) == 4
    whole = score_all(results, metrics)
    assert sum(metrics["fr"].calls) == sum(metrics["nr"].calls) == 2 * len(PHOTOS)
    assert whole[:3] == taken


def test_failed_missing_and_bad_pictures_have_a_status(results: Path, metrics: dict[str, Counting]) -> None:
    folder = results / "Result/real/full"
    names = sorted(PHOTOS)
    (folder / f"{names[0]}.png").unlink()
    (folder / f"{names[1]}.png").unlink()
    write_failures(folder / "failed.csv", {names[0]: "black twice", names[2]: "made after all"})
    truncated = folder / f"{names[3]}.png"
    truncated.write_bytes(truncated.read_bytes()[:-200])
    Image.new("RGB", (10, 20)).save(folder / f"{names[4]}.png")
    found = [one for one in score_all(results, metrics) if one.mode == "full"]
    assert [one.status.partition(":")[0] for one in found] == ["failed", "missing", "ok", "unusable", "unusable"]
    assert found[0].status == "failed: black twice"
    assert "damaged or truncated" in found[3].status
    assert "10x20, expected 75x50 as in GT" in found[4].status
    assert [bool(one.values) for one in found] == [False, False, True, False, False]


def test_a_black_picture_of_any_origin_gets_no_score(results: Path, metrics: dict[str, Counting]) -> None:
    path = results / "Result/real/text" / f"{sorted(PHOTOS)[1]}.png"
    size = Image.open(path).size
    Image.new("RGB", size).save(path)
    dark = results / "Result/real/full" / path.name
    Image.fromarray(np.pad(np.ones((1, 1, 3), np.uint8), ((0, size[1] - 1), (0, size[0] - 1), (0, 0)))).save(dark)
    # Not from a cache either.
    for _ in range(2):
        lost = [one for one in score_all(results, metrics) if one.status != "ok"]
        assert [(one.name, one.mode, one.status, one.values) for one in lost] == [(path.name, "text", "black", {})]


def _darken(results: Path, level: int) -> str:
    """Make one ground truth dark and its picture in text mode black; returns the name."""
    name = f"{sorted(PHOTOS)[1]}.png"
    size = Image.open(results / "GT" / name).size
    Image.new("RGB", size, (level, level, level)).save(results / "GT" / name)
    Image.new("RGB", size).save(results / "Result/real/text" / name)
    return name


@pytest.mark.parametrize("level", [0, 3])
def test_black_of_a_black_or_nearly_black_ground_truth_is_a_score(
    results: Path, metrics: dict[str, Counting], level: int
) -> None:
    name = _darken(results, level)
    first = score_all(results, metrics)
    assert {one.status for one in first} == {"ok"}
    calls = sum(metrics["nr"].calls)
    assert score_all(results, metrics) == first
    assert sum(metrics["nr"].calls) == calls, f"{name} is in the cache"


@pytest.mark.parametrize("columns", [["nr"], ["fr", "nr"]])
def test_a_score_of_black_holds_for_its_ground_truth_alone(
    results: Path, metrics: dict[str, Counting], columns: list[str]
) -> None:
    chosen = {column: metrics[column] for column in columns}
    name = _darken(results, 0)
    assert {one.status for one in score_all(results, chosen)} == {"ok"}
    # The very same picture of another ground truth, with its NR score known.
    shutil.copy(results / "Result/real/full" / name, results / "GT" / name)
    lost = [one for one in score_all(results, chosen) if one.status != "ok"]
    assert [(one.name, one.mode, one.status) for one in lost] == [(name, "text", "black")]


def test_a_damaged_ground_truth_leaves_no_score(results: Path, metrics: dict[str, Counting]) -> None:
    # A JPEG carries no checksum, so only decoding finds the damage.
    path = results / "GT/other.png"
    image = Image.open(path)
    path.unlink()
    image.save(results / "GT/other.jpg", quality=95)
    whole = (results / "GT/other.jpg").read_bytes()
    (results / "GT/other.jpg").write_bytes(whole[: len(whole) // 2])
    (results / "GT/AIGI_MJ_003.png").write_bytes(b"rubbish")
    found = [one for one in score_all(results, metrics) if one.status != "ok"]
    assert [(one.name, one.mode) for one in found] == [
        (name, mode) for name in ("AIGI_MJ_003.png", "other.jpg") for mode in ("full", "text")
    ]
    with pytest.raises(CMCError, match=r"2 image\(s\) cannot be scored; .*--allow_partial.*\n.*AIGI_MJ_003.png"):
        refuse_unusable(one.status for one in found)


def test_missing_and_extra_pictures_are_errors_unless_asked(results: Path) -> None:
    images = list_images(results / "GT")
    folder = results / "Result/real/text"
    (folder / "other.png").rename(folder / "stranger.png")
    with pytest.raises(CMCError, match=r"no picture in .*text: other; .*without an image in GT: stranger"):
        plan_tasks(images, Choice(), results / "Result", ["real"], False)
    tasks = plan_tasks(images, Choice(), results / "Result", ["real"], True)
    assert [one.status for one in tasks[-1].candidates] == ["ok", "missing"]
    assert all(one.path is None or one.path.stem != "stranger" for task in tasks for one in task.candidates)
    # Pictures beyond the limit are no strangers.
    assert len(plan_tasks(images, Choice(2), results / "Result", ["sdxl"], False)) == 2


def test_a_failure_of_a_name_with_two_suffixes_is_that_images(results: Path) -> None:
    for folder in ("GT", "Result/sdxl/full"):
        photo = next((results / folder).glob("other.png"))
        photo.rename(photo.with_name("other.jpg.png"))
        shutil.copy(results / folder / "NSI_pgc_000.png", results / folder / "other.png")
    folder = results / "Result/sdxl/full"
    (folder / "other.jpg.png").unlink()
    write_failures(folder / "failed.csv", {"other.jpg": "black twice", "NSI_ugc_001.png": "from another hand"})
    (folder / "NSI_ugc_001.png").unlink()
    tasks = plan_tasks(list_images(results / "GT"), Choice(), results / "Result", ["sdxl"], False)
    lost = {task.gt.name: task.candidates[0].status for task in tasks if task.candidates[0].status != "ok"}
    assert lost == {"other.jpg.png": "failed: black twice", "NSI_ugc_001.png": "failed: from another hand"}


def test_a_mode_that_failed_whole_is_there_with_its_reasons(results: Path) -> None:
    shutil.rmtree(results / "Result/sdxl/full")
    write_failures(results / "Result/sdxl/full/failed.csv", dict.fromkeys(PHOTOS, "out of memory"))
    tasks = plan_tasks(list_images(results / "GT"), Choice(), results / "Result", ["sdxl"], False)
    assert {one.status for task in tasks for one in task.candidates} == {"failed: out of memory"}


def test_unknown_and_empty_targets(results: Path) -> None:
    with pytest.raises(CMCError, match=r"no result 'reel' .* Did you mean 'real'\? There: real, sdxl"):
        find_target(results / "Result", "reel")
    with pytest.raises(CMCError, match=r"run script-t2i\.py first"):
        find_target(results / "None", "real")
    with pytest.raises(CMCError, match="not a plain file name"):
        find_target(results / "Result", "../GT")
    (results / "Result/empty").mkdir()
    with pytest.raises(CMCError, match="holds none of the modes full, image, pixel, text"):
        plan_tasks(list_images(results / "GT"), Choice(), results / "Result", ["empty"], False)


def test_a_picture_without_a_number_has_no_score_and_the_others_have(
    results: Path, metrics: dict[str, Counting]
) -> None:
    class Broken(Counting):
        def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
            return [math.nan if picture.shape[0] == 96 else 1.0 for picture in pictures]

    found = score_all(results, metrics | {"nr": Broken(metrics["nr"].inner)})
    lost = {(one.name, one.status) for one in found if not one.values}
    assert lost == {("AIGI_MJ_003.png", "unscored: nr is nan, which is no score; try --dtype fp32")}
    assert all(one.status == "ok" for one in found if one.values)


def test_a_metric_that_fails_at_one_picture_of_several_is_asked_of_each_alone(
    results: Path, metrics: dict[str, Counting]
) -> None:
    class Choosy(Counting):
        def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
            if any(picture.std() < 25 for picture in pictures):
                raise ZeroDivisionError("no contrast")
            return super().score(pictures, gt)

    flat = results / "Result/real/text/other.png"
    Image.fromarray(np.full((50, 75, 3), 90, np.uint8)).save(flat)
    for folder in ("real/full", "sdxl/full"):
        noise = np.random.default_rng(0).integers(0, 256, (50, 75, 3), dtype=np.uint8)
        Image.fromarray(noise).save(results / "Result" / folder / "other.png")
    found = score_all(results, metrics | {"fr": Choosy(metrics["fr"].inner)}, ["real", "sdxl"])
    statuses = {(one.target, one.mode): one.status for one in found if one.name == "other.png"}
    assert statuses.pop(("real", "text")).startswith(
        "unscored: fr failed: ZeroDivisionError: no contrast (test_evaluate"
    )
    assert set(statuses.values()) == {"ok"}


class Captioned(Metric):
    """The length of a caption, beside how bright the picture is; of narrow ones nothing."""

    full_reference = False
    identity = {"metric": "captioned"}  # noqa: RUF012
    reads_caption, leaves_out = True, "narrow pictures, and those without a caption"

    def score(
        self, pictures: Sequence[np.ndarray], gt: np.ndarray | None, captions: Sequence[str] = ()
    ) -> list[float | None]:
        pairs = zip(pictures, captions, strict=True)
        return [len(caption) + picture.mean() / 256 if picture.shape[1] > 80 else None for picture, caption in pairs]


def test_a_score_holds_for_its_caption_alone(results: Path, metrics: dict[str, Counting]) -> None:
    tasks = plan_tasks(list_images(results / "GT"), Choice(), results / "Result", ["real"], True)
    crew = HereCrew(ScoringWorker({"captioned": Captioned(), "nr": metrics["nr"]}))
    lengths = []
    with ScoreCache(results / "cache.sqlite") as cache:
        for caption in ("a caption", "another caption", "a caption", None):
            captioned = [
                replace(task, candidates=tuple(replace(one, caption=caption) for one in task.candidates))
                for task in tasks
            ]
            found = list(evaluate(captioned, crew, cache))
            assert {one.status for one in found} == {"ok"}
            lengths.append([int(one.values["captioned"]) for one in found if "captioned" in one.values])
    assert lengths == [[9] * 8, [15] * 8, [9] * 8, []]
    # What reads no captions is not computed again for another one, nor what a metric leaves out.
    assert sum(metrics["nr"].calls) == len(found)
