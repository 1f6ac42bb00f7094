from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.core.errors import CMCError, ImageError
from cmc.stages.decode import DecodingWorker, decode
from cmc.stages.engine.here import HereCrew
from cmc.stages.jobs import Job, plan_batches
from cmc.t2i.base import Decoder, Picture, Request, Sampling

SAMPLING = Sampling("text", 1.0, 4)
GOOD = np.random.default_rng(0).random((48, 64, 3), np.float32)


class Wrong(Decoder):
    """Answers a request called `bad` with what it was made with (or calls it), every other one well."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.calls = answer, 0

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        self.calls += 1
        return [self._of(request) for request in requests]

    def _of(self, request: Request) -> Any:
        if request.name != "bad":
            return Picture(GOOD)
        return self.answer() if callable(self.answer) else self.answer


def _outcomes(decoder: Decoder, folder: Path, batch: int = 4) -> dict[str, str]:
    jobs = [Job(name, (64, 48), "words", None, 1) for name in ("a", "bad", "c", "d", "e")]
    batches = plan_batches(jobs, 64, 8, batch)
    return {
        one.key: one.error
        for one in decode(batches, HereCrew(DecodingWorker(decoder, "mine")), SAMPLING, folder, shrink=True)
    }


def _error(error: Exception) -> Any:
    def answer() -> Any:
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "expected a Picture from the decoder, found None"),
        (GOOD, "expected a Picture from the decoder, found a ndarray"),
        (Picture(None), "expected an array of pixels from the decoder, found None"),  # type: ignore[arg-type]
        (Picture(torch.from_numpy(GOOD)), "found a Tensor"),  # type: ignore[arg-type]
        (Picture(Image.new("RGB", (64, 48))), "found an Image"),  # type: ignore[arg-type]
        (Picture((GOOD * 255).astype(np.uint8)), "expected float pixels in [0, 1] from the decoder, found uint8"),
        (Picture(GOOD * 1.2), "expected pixels in [0, 1] from the decoder, found 0 to 1.2"),
        (Picture(GOOD - 0.01), "expected pixels in [0, 1] from the decoder, found -0.0"),
        (Picture(GOOD * 255), "expected pixels in [0, 1] from the decoder, found 0 to 255"),
        (Picture(GOOD[:, :63]), "expected a picture of 64x48 from mine, as asked, found 63x48"),
        (Picture(GOOD.transpose(1, 0, 2)), "found 48x64"),
        (Picture(GOOD.transpose(2, 0, 1)), "expected pixels of shape (48, 64, 3) from the decoder, found (3, 48, 64)"),
        (Picture(GOOD[..., 0]), "found (48, 64)"),
        (Picture(np.zeros((48, 64, 4))), "found (48, 64, 4)"),
        (Picture(np.full((48, 64, 3), np.nan)), "the model's numbers overflowed"),
        (Picture(np.where(GOOD > 0.5, np.inf, GOOD)), "the model's numbers overflowed"),
        (_error(AttributeError("'NoneType' object has no attribute 'x'")), "AttributeError: 'NoneType' object has no"),
        (_error(KeyError("seed")), "the decoder failed: KeyError: 'seed' (test_safe_render.py, line"),
        (_error(ImageError("this reference is upside down")), "this reference is upside down"),
        (_error(StopIteration()), "the decoder failed: StopIteration"),
        (_error(NotImplementedError()), "the decoder failed: NotImplementedError"),
        (_error(RuntimeError("two\nlines")), "the decoder failed: RuntimeError: two ("),
    ],
)
def test_a_wrong_picture_fails_alone_and_leaves_nothing(answer: Any, told: str, tmp_path: Path) -> None:
    outcomes = _outcomes(Wrong(answer), tmp_path)
    assert told in outcomes.pop("bad")
    assert set(outcomes.values()) == {""}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "c.png", "d.png", "e.png"]


def test_rounding_beyond_the_ends_is_no_fault(tmp_path: Path) -> None:
    pixels = GOOD.copy()
    pixels[0, 0], pixels[0, 1] = -0.001, 1.0019
    assert _outcomes(Wrong(Picture(pixels)), tmp_path)["bad"] == ""
    assert np.asarray(Image.open(tmp_path / "bad.png"))[0, :2, 0].tolist() == [0, 255]


class Counts(Decoder):
    """Returns what a function makes of well rendered pictures."""

    def __init__(self, change: Any) -> None:
        self.change = change

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        return self.change([Picture(GOOD) for _ in requests])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda pictures: pictures[1:], "expected a list of 1 picture(s) from the decoder, found 0"),
        (lambda pictures: pictures * 2, "expected a list of 1 picture(s) from the decoder, found 2"),
        (lambda pictures: None, "expected a list of 1 picture(s) from the decoder, found None"),
        (lambda pictures: 7, "found an int"),
        (iter, "found a list_iterator"),
    ],
)
def test_another_number_of_pictures_fails_each(change: Any, told: str, tmp_path: Path) -> None:
    outcomes = _outcomes(Counts(change), tmp_path)
    assert all(told in error for error in outcomes.values())
    assert list(tmp_path.iterdir()) == []


def test_a_batch_of_the_wrong_length_is_rendered_one_by_one(tmp_path: Path) -> None:
    outcomes = _outcomes(Counts(lambda pictures: pictures[:1]), tmp_path)
    assert set(outcomes.values()) == {""}
    assert len(list(tmp_path.iterdir())) == 5


class Precise(Wrong):
    def full_precision(self) -> AbstractContextManager[None]:
        raise TypeError("no such dtype")


def test_a_retry_that_fails_is_that_pictures_failure(tmp_path: Path) -> None:
    outcomes = _outcomes(Precise(Picture(GOOD * np.nan)), tmp_path)
    assert outcomes.pop("bad").startswith("the decoder's full_precision failed: TypeError: no such dtype")
    assert set(outcomes.values()) == {""}


def test_what_hits_every_picture_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match="the key is wrong"):
        _outcomes(Wrong(_error(CMCError("the key is wrong"))), tmp_path)
    with pytest.raises(CMCError, match="out of memory"):
        _outcomes(Wrong(_error(torch.OutOfMemoryError("full"))), tmp_path)


class Checks(Wrong):
    def check(self, sampling: Sampling) -> None:
        raise ValueError(f"{sampling.steps} steps are too few")


def test_a_sampling_that_cannot_be_run_is_told_once(tmp_path: Path) -> None:
    decoder = Checks(Picture(GOOD))
    with pytest.raises(CMCError, match="the decoder's check failed: ValueError: 4 steps are too few"):
        _outcomes(decoder, tmp_path)
    assert decoder.calls == 0
