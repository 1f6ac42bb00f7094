from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from rapidocr.utils.download_file import DownloadFile

from cmc.core.errors import CMCError
from cmc.metrics import text_reader
from cmc.metrics.base import Metric
from cmc.metrics.selection import build_metrics, choose_metrics
from cmc.metrics.text_places import character_errors, pair_by_place, word_recall
from cmc.metrics.text_reader import Line, TextReader
from cmc.registry import CODECS
from tests.conftest import photo

TEXTS = ["Words instead of pixels", "Open File Edit View", "Total: 1,234.50 EUR"]


def _page(texts: list[str], size: int) -> np.ndarray:
    """Black on white, letters of `size` pixels."""
    page = Image.new("RGB", (320, 240), "white")
    for place, text in enumerate(texts):
        ImageDraw.Draw(page).text((20, 30 + 70 * place), text, fill="black", font=ImageFont.load_default(size))
    return np.asarray(page)


def _vvc(picture: np.ndarray, qp: int) -> np.ndarray:
    codec = CODECS.get("vvc").create(qp=qp)
    image = Image.fromarray(picture)
    return np.asarray(codec.decode(codec.encode(image), image.size))


@pytest.fixture(scope="module")
def metrics() -> dict[str, Metric]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DownloadFile, "run", lambda *_: pytest.fail("it downloads"))
        built = build_metrics(choose_metrics(["ocr"]), Path(), torch.device("cpu"), torch.float32, None, False)
        # The models are loaded when they are first needed.
        assert built["ocr_cer"].score([_page(TEXTS, 16)], _page(TEXTS, 16)) == [0]
        return built


@pytest.fixture(scope="module")
def read(metrics: dict[str, Metric]) -> Callable[[np.ndarray], list[Line]]:
    return text_reader.text_reader().read


def _line(text: str, left: float, top: float, width: float = 100) -> Line:
    return Line(text, (left, top, left + width, top + 20))


@pytest.mark.parametrize("size", [11, 22])
def test_a_page_of_legible_letters_is_read_as_it_was_written(
    size: int, read: Callable[[np.ndarray], list[Line]]
) -> None:
    written = [_line(text, 20, 30 + 70 * place, 280) for place, text in enumerate(TEXTS)]
    found = read(_page(TEXTS, size))
    assert character_errors(written, found) < 0.03
    assert word_recall(written, found) > 0.8


def test_a_photographed_page_is_read(read: Callable[[np.ndarray], list[Line]]) -> None:
    texts = [line.text for line in read(np.asarray(photo("page.png")))]
    assert texts[0] == "Region-based segmentation"
    assert "the markers are found at the two extreme parts of the" in texts


def test_the_coarser_the_codec_the_less_is_left(metrics: dict[str, Metric], capfd: pytest.CaptureFixture[str]) -> None:
    page = _page(TEXTS, 16)
    coarser = [_vvc(page, qp) for qp in (42, 51, 60)]
    errors, recalls = (list(metrics[column].score(coarser, page)) for column in ("ocr_cer", "ocr_recall"))
    assert errors == sorted(errors)
    assert recalls == sorted(recalls, reverse=True)
    assert errors[0] < 0.01
    assert 0.05 < errors[1] < 0.9 < errors[2]
    assert recalls[0] == 1 > recalls[1] > recalls[2]
    assert capfd.readouterr() == ("", "")


def test_lines_that_have_changed_places_are_lost(metrics: dict[str, Metric]) -> None:
    page, swapped = _page(TEXTS, 16), _page([TEXTS[2], TEXTS[1], TEXTS[0]], 16)
    (errors,), (recall,) = (metrics[column].score([swapped], page) for column in ("ocr_cer", "ocr_recall"))
    # The middle line has 4 of the 11 words and 19 of 61 characters; of the others little is alike by chance.
    assert 0.5 < errors <= 42 / 61
    assert recall == pytest.approx(4 / 11)


def test_a_ground_truth_without_text_is_left_out_and_a_picture_without_text_is_not(metrics: dict[str, Metric]) -> None:
    cup, page = np.asarray(photo("coffee.png").resize((320, 240))), _page(TEXTS, 16)
    blank = np.full_like(page, 255)
    assert [list(metric.score([page, blank], blank)) for metric in metrics.values()] == [[None, None]] * 2
    assert [list(metric.score([cup], cup)) for metric in metrics.values()] == [[None]] * 2
    assert [list(metric.score([blank], page)) for metric in metrics.values()] == [[1], [0]]


def test_a_ground_truth_is_read_once_for_all(metrics: dict[str, Metric], monkeypatch: pytest.MonkeyPatch) -> None:
    reader = text_reader.text_reader()
    looked_at: list[tuple[int, ...]] = []
    own = TextReader._read
    monkeypatch.setattr(
        TextReader, "_read", lambda self, picture: looked_at.append(picture.shape) or own(self, picture)
    )
    reader._kept.clear()
    page = _page(TEXTS[:1], 20)
    for metric in metrics.values():
        metric.score([page[:, :300], page[:, :310]], page)
    assert sorted(looked_at) == [(240, 300, 3), (240, 310, 3), (240, 320, 3)]


def test_models_are_of_the_package_or_refused(
    metrics: dict[str, Metric], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    digests = metrics["ocr_cer"].identity["models"]
    assert list(digests) == ["PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"]
    assert all(len(digest) == 64 for digest in digests.values())
    monkeypatch.setattr(text_reader, "DETECTOR", "PP-OCRv9_det.onnx")
    with pytest.raises(CMCError, match=r"no .*/models/PP-OCRv9_det\.onnx, which rapidocr 3\.10 brings"):
        TextReader()


def test_errors_and_recall_worked_out_by_hand() -> None:
    truth = [_line("the quick fox", 0, 0), _line("jumps", 0, 40)]
    assert character_errors(truth, truth) == 0
    # "c" for "x" and a line that is not there: 1 + 5 of 18 characters, 2 of 4 words.
    found = [_line("the quick foc", 3, 2)]
    assert character_errors(truth, found) == pytest.approx(6 / 18)
    assert word_recall(truth, found) == pytest.approx(2 / 4)
    # What stands where nothing stood is all wrong, and there is no end to it.
    assert character_errors(truth, [*truth, _line("x" * 27, 300, 300)]) == pytest.approx(27 / 18)
    assert word_recall(truth, [*truth, _line("more words", 300, 300)]) == 1


def test_a_line_read_in_two_parts_or_two_as_one_is_at_its_place() -> None:
    whole, halves = _line("left right", 0, 0, 200), [_line("left", 0, 0, 90), _line("right", 110, 0, 90)]
    for truth, found in (([whole], halves), (halves, [whole])):
        (place,) = pair_by_place(truth, found)
        assert place.texts == ("left right", "left right")
    # Beside it, or with less than half of the smaller box in common, is another place.
    assert len(pair_by_place([whole], [_line("left right", 0, 11, 200)])) == 2
    assert len(pair_by_place([whole], [_line("left right", 0, 9, 200)])) == 1
