from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.codecs.grid_geometry import MISC
from cmc.core.errors import CMCError, ImageError
from cmc.core.seeds import seed_for
from cmc.stages.decode import DecodingWorker, decode
from cmc.stages.engine.here import HereCrew
from cmc.stages.job_requests import start_image
from cmc.stages.jobs import Job, plan_batches
from cmc.stages.safe_render import fault
from cmc.t2i.base import Decoder, Picture, Request, Sampling
from tests.conftest import photo

SAMPLING = Sampling("text", 1.0, 4)


class Painter(Decoder):
    """A decoder whose pictures are seeded noise; it can run out of memory or overflow where told."""

    def __init__(self, fits: int = 99, overflow: tuple[str, ...] = (), heals: bool = True) -> None:
        self.fits, self.overflow, self.heals = fits, overflow, heals
        self.calls: list[list[str]] = []
        self.precise = False

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        if len(requests) > self.fits:
            raise torch.OutOfMemoryError("too many")
        self.calls.append([request.name for request in requests])
        return [self._picture(request) for request in requests]

    def _picture(self, request: Request) -> Picture:
        pixels = np.random.default_rng(request.seed).random((request.size[1], request.size[0], 3), np.float32)
        if request.name in self.overflow and not (self.heals and self.precise):
            pixels[0, 0] = np.nan
        return Picture(pixels)

    def full_precision(self):  # type: ignore[no-untyped-def]
        self.precise = True
        return super().full_precision()


def _crew(decoder: Decoder) -> HereCrew:  # type: ignore[type-arg]
    return HereCrew(DecodingWorker(decoder, "mine"))


def _jobs(count: int, size: tuple[int, int] = (64, 48)) -> list[Job]:
    return [Job(f"p{i}", size, "words", None, seed_for(42, f"p{i}")) for i in range(count)]


def test_plan_is_the_same_for_a_shuffled_list_and_keeps_sizes_apart() -> None:
    jobs = [*_jobs(5), Job("q", (48, 64), "", None, 1)]
    batches = plan_batches(jobs, 64, 8, 2)
    assert batches == plan_batches(jobs[::-1], 64, 8, 2)
    assert [[job.key for job in batch.jobs] for batch in batches] == [["q"], ["p0", "p1"], ["p2", "p3"], ["p4"]]
    assert [batch.size for batch in plan_batches(jobs, None, 1, 9)] == [(48, 64), (64, 48)]


def test_seeds_differ_by_image_and_by_run() -> None:
    assert len({seed_for(run, key) for run in (1, 2) for key in ("a", "b", "1:a")}) == 6
    assert 0 <= seed_for(42, "NSI_pgc_002") < 2**63


def test_a_broken_batch_is_painted_whole_and_only_what_is_missing_is_written(tmp_path: Path) -> None:
    batches = plan_batches(_jobs(4), 64, 8, 2)
    first = Painter()
    assert [one.key for one in decode(batches, _crew(first), SAMPLING, tmp_path, shrink=True)] == [
        "p0",
        "p1",
        "p2",
        "p3",
    ]
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "p1.png").unlink()
    (tmp_path / "p0.png").write_bytes(b"kept")
    again = Painter()
    assert [
        one.key for one in decode(batches, _crew(again), SAMPLING, tmp_path, done={"p0", "p2", "p3"}, shrink=True)
    ] == ["p1"]
    assert again.calls == [["p0", "p1"]]
    assert (tmp_path / "p1.png").read_bytes() == whole["p1.png"]
    assert (tmp_path / "p0.png").read_bytes() == b"kept"


@pytest.mark.parametrize(("fits", "most"), [(1, 1), (3, 2)])
def test_batches_halve_until_they_fit_and_every_picture_is_painted(tmp_path: Path, fits: int, most: int) -> None:
    decoder = Painter(fits=fits)
    list(decode(plan_batches(_jobs(16), 64, 8, 8), _crew(decoder), SAMPLING, tmp_path, shrink=True))
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(f"p{i}" for i in range(16))
    assert max(map(len, decoder.calls)) == most
    assert sum(map(len, decoder.calls)) == 16


@pytest.mark.parametrize(("fits", "shrink"), [(0, True), (1, False)])
def test_out_of_memory_that_cannot_be_helped_is_one_error(tmp_path: Path, fits: int, shrink: bool) -> None:
    with pytest.raises(CMCError, match="out of memory"):
        list(decode(plan_batches(_jobs(2), 64, 8, 2), _crew(Painter(fits=fits)), SAMPLING, tmp_path, shrink=shrink))


def test_overflow_is_retried_once_and_recorded(tmp_path: Path) -> None:
    batches = plan_batches(_jobs(2), 64, 8, 2)
    healed = list(decode(batches, _crew(Painter(overflow=("p1",))), SAMPLING, tmp_path, shrink=True))
    assert [(one.key, one.error, one.retried) for one in healed] == [("p0", "", False), ("p1", "", True)]
    (tmp_path / "p1.png").unlink()
    failed = list(
        decode(batches, _crew(Painter(overflow=("p1",), heals=False)), SAMPLING, tmp_path, done={"p0"}, shrink=True)
    )
    assert "overflowed" in failed[0].error
    assert not (tmp_path / "p1.png").exists()


def test_black_is_a_fault_unless_the_reference_is_black() -> None:
    black = Picture(np.zeros((8, 8, 3), np.float32))
    shades = {name: Image.new("RGB", (8, 8), name) for name in ("black", "white")}
    requests = {name: Request("a", "", (8, 8), shade, 1) for name, shade in shades.items()}
    assert fault(black, Request("a", "", (8, 8), None, 1))
    assert fault(black, requests["white"])
    assert not fault(black, requests["black"])
    assert "safety" in fault(Picture(black.pixels, flagged=True), requests["black"])


def test_an_unreadable_reference_fails_alone(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    photo("coffee.png").resize((64, 48)).save(good)
    bad.write_bytes(b"rubbish")
    jobs = [Job("a", (64, 48), "", good, 1), Job("b", (64, 48), "", bad, 2)]
    outcomes = {
        one.key: one.error
        for one in decode(plan_batches(jobs, 64, 8, 2), _crew(Painter()), SAMPLING, tmp_path, shrink=True)
    }
    assert outcomes["a"] == ""
    assert "bad.png is not a readable image" in outcomes["b"]


def test_a_picture_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        list(decode(plan_batches(_jobs(1), 64, 8, 1), _crew(Painter()), SAMPLING, tmp_path / "file", shrink=True))


def test_start_image_takes_grids_and_likenesses_and_refuses_other_shapes(tmp_path: Path) -> None:
    path = tmp_path / "r.png"
    for size in ((10, 7), (600, 400), (599, 400), (300, 200)):
        photo("coffee.png").resize(size).save(path)
        assert start_image(path, (600, 400), (96, 64)).size == (96, 64)
    for size in ((400, 600), (400, 400), (7, 10)):
        photo("coffee.png").resize(size).save(path)
        with pytest.raises(ImageError, match="expected 600x400 as in GT, or its 10x7 grid"):
            start_image(path, (600, 400), (96, 64))


def test_saved_pixels_are_rounded_to_the_nearest_level(tmp_path: Path) -> None:
    class Between(Decoder):
        def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
            ramp = np.repeat(np.arange(48 * 64, dtype=np.float32).reshape(48, 64, 1) % 255, 3, axis=2)
            return [Picture((ramp + np.float32([0.4, 0.6, 0.9])) / 255) for _ in requests]

    list(decode(plan_batches(_jobs(1), 64, 8, 1), _crew(Between()), SAMPLING, tmp_path, shrink=True))
    saved = np.asarray(Image.open(tmp_path / "p0.png"), dtype=int)
    assert np.array_equal(saved - (np.arange(48 * 64) % 255).reshape(48, 64, 1), np.tile([0, 1, 1], (48, 64, 1)))


def test_pixel_grid_lies_on_its_blocks_not_over_the_whole_picture(tmp_path: Path) -> None:
    """Partial blocks at the edge: the second pixel's centre is at x = 96, where a stretched grid shows the third."""
    path = tmp_path / "grid.png"
    colours = np.array([[[0, 0, 0], [255, 0, 0], [0, 0, 255]]] * 2, np.uint8)
    Image.fromarray(colours).save(path)
    start = np.asarray(start_image(path, (136, 100), (136, 100)), dtype=int)
    assert np.abs(start[32, 95:97] - (255, 0, 0)).max() <= 8
    assert np.abs(start[32, 31:33]).max() <= 8


def test_a_grid_of_misc_s_is_stretched_over_the_whole_picture(tmp_path: Path) -> None:
    """Four blocks of 32 in 136 pixels: each is 34 wide."""
    path = tmp_path / "grid.png"
    colours = np.zeros((3, 4, 3), np.uint8)
    colours[:, 3] = 248
    Image.fromarray(colours).save(path)
    start = np.asarray(start_image(path, (136, 100), (136, 100), MISC), dtype=int)
    assert np.abs(start[50, 118:120] - 248).max() <= 24
    assert start[50, 102].mean() == pytest.approx(124, abs=12)
    with pytest.raises(ImageError, match="or its 3x2 grid"):
        start_image(path, (136, 100), (136, 100))
