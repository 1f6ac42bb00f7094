"""Metrics that leave pictures out, and those that read captions: what the files and the screen say of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli import evaluate, t2i
from cmc.core.captions import read_captions, write_captions
from cmc.scores.score_file import read_scores
from tests.tables import read, scores_in

PLUGIN = '''
import numpy as np
from cmc.metrics.base import Metric
from cmc.registry import METRICS, T2I
from cmc.t2i.base import Decoder, Picture

class Wide(Metric):
    full_reference = True
    identity = {"metric": "wide"}

    def score(self, pictures, gt):
        return [float(picture.mean()) if gt.shape[1] > 80 else None for picture in pictures]

@METRICS.register("wide", full_reference=True, higher_is_better=False, leaves_out="pictures of narrow ground truths")
def wide(folder, device, dtype, **_):
    return Wide()

class Letters(Metric):
    """How long the caption of a picture is, and how bright it."""

    full_reference = False
    identity = {"metric": "letters"}

    def score(self, pictures, gt, captions):
        assert len(captions) == len(pictures)
        return [len(caption) + float(picture.mean()) / 256 for picture, caption in zip(pictures, captions)]

@METRICS.register("letters", full_reference=False, higher_is_better=True, reads_caption=True,
                  leaves_out="pictures without a caption")
def letters(folder, device, dtype, **_):
    return Letters()

class Grey(Decoder):
    def render(self, requests, sampling):
        return [Picture(np.full((*r.size[::-1], 3), len(r.prompt) / 99)) for r in requests]

@T2I.register("greys", modes={"full", "image", "pixel", "text"})
def greys(checkpoint, device, dtype):
    return Grey()
'''
NARROW = "other.png"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plugin") / "left_out.py"
    path.write_text(PLUGIN, encoding="utf-8")
    return path


@pytest.fixture
def run(coded: Path, plugin: Path) -> Callable[..., int]:
    def score(main: Callable[[list[str]], int], *arguments: str) -> int:
        return main([*arguments, "--root", str(coded), "--plugin", str(plugin)])

    return score


@pytest.fixture
def decoded(coded: Path, run: Callable[..., int]) -> Path:
    """The results of a decoder in three modes."""
    for mode in ("full", "image", "text"):
        assert run(t2i.main, "--mode", mode, "--model_name", "greys", "--input_path", str(coded / "Text/test.csv")) == 0
    return coded / "Result/greys"


SCORE = (evaluate.main, "--target", "greys", "--metrics")


def test_means_are_over_the_pictures_that_a_metric_has_scores_of(
    decoded: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*SCORE, "wide", "psnr") == 0
    out = capsys.readouterr().out
    assert "wide is over 12 of 15 pictures; pictures of narrow ground truths have no score by it" in out
    assert "not over all" not in out
    rows = read(decoded / "scores.csv")
    assert {(row["name"], row["status"]) for row in rows if not row["wide"]} == {(NARROW, "ok")}
    assert all(row["psnr"] for row in rows)
    summary = {(row["mode"], row["content_type"]): row for row in read(decoded / "summary.csv")}
    levels = [float(row["wide"]) for row in rows if row["mode"] == "text" and row["wide"]]
    assert float(summary["text", "all"]["wide"]) == pytest.approx(np.mean(levels), abs=1e-5)
    assert [summary["text", kind]["wide_n"] for kind in ("all", "NSI", "other")] == ["4", "2", "0"]
    assert summary["Overall", "all"]["wide_n"] == "12"
    assert summary["text", "other"]["wide"] == ""
    # From the files again, and by who recomputes them; nothing is computed twice, left out or not.
    assert read_scores(decoded / "scores.csv").settings["wide_leaves_out"] == "pictures of narrow ground truths"
    kept = scores_in(decoded.parent / ".scores.sqlite")
    (decoded / "summary.csv").unlink()
    assert run(*SCORE, "wide", "psnr") == 0
    assert scores_in(decoded.parent / ".scores.sqlite") == kept == 2 * 15
    assert read(decoded / "scores.csv") == rows
    assert "wide is over 12 of 15 pictures" in capsys.readouterr().out


def test_a_blank_where_no_metric_leaves_anything_out_is_refused(decoded: Path, run: Callable[..., int]) -> None:
    assert run(*SCORE, "wide", "psnr") == 0
    path = decoded / "scores.csv"
    cells = read(path)[0]
    path.write_text(path.read_text(encoding="utf-8").replace(cells["psnr"], "", 1), encoding="utf-8")
    with pytest.raises(Exception, match="psnr is no number"):
        read_scores(path)


def test_captions_are_those_that_pictures_were_made_from(
    decoded: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*SCORE, "letters") == 0
    out = capsys.readouterr().out
    assert "letters is over 10 of 15 pictures; pictures without a caption have no score by it" in out
    captions = read_captions(decoded.parents[1] / "Text/test.csv")
    for row in read(decoded / "scores.csv"):
        if row["mode"] == "image":
            assert row["letters"] == ""
        else:
            assert int(float(row["letters"])) == len(captions[Path(row["name"]).stem])
    summary = {(row["mode"], row["content_type"]): row for row in read(decoded / "summary.csv")}
    assert summary["image", "all"]["letters"] == summary["Overall", "all"]["letters"] == ""


def test_a_caption_that_has_changed_or_gone_is_refused_by_name(
    decoded: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    table = decoded.parents[1] / "Text/test.csv"
    captions = read_captions(table)
    write_captions(table, captions | {"other": "Another."})
    assert run(*SCORE, "letters") == 2
    assert "greys/full/other.png made from another caption" in capsys.readouterr().err
    write_captions(table, {key: text for key, text in captions.items() if key != "other"})
    assert run(*SCORE, "letters") == 2
    assert "greys/text/other.png made from a caption that is not in Text/test.csv" in capsys.readouterr().err
    # A metric that reads none does not miss it.
    assert run(*SCORE, "psnr") == 0
    assert run(*SCORE, "letters", "--allow_partial") == 1
    assert "letters is over 8 of 13 pictures" in capsys.readouterr().out


def test_a_picture_that_does_not_say_from_which_caption_has_no_score(decoded: Path, run: Callable[..., int]) -> None:
    path = decoded / "text/other.png"
    Image.open(path).save(path)
    assert run(*SCORE, "letters") == 0
    blank = {(row["mode"], row["name"]) for row in read(decoded / "scores.csv") if not row["letters"]}
    assert blank == {("text", "other.png")} | {("image", path.name) for path in (decoded / "image").glob("*.png")}
