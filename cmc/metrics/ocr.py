"""What is left of a screen's letters: what a reader of text finds in a picture, against what it finds in the GT."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.metrics.base import Metric
from cmc.metrics.text_places import character_errors, word_recall
from cmc.metrics.text_reader import Line, text_reader
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

# Of the ground truth's lines and a picture's.
Measure = Callable[[Sequence[Line], Sequence[Line]], float]


class ScreenText(Metric):
    """Compares the text of pictures with that of their ground truth, place by place; a ground truth that says nothing
    is left out."""

    full_reference = True

    def __init__(self, name: str, measure: Measure) -> None:
        self._measure, self._reader = measure, text_reader()
        packages = {package: version(package) for package in ("rapidocr", "onnxruntime")}
        self.identity = {"metric": name, "places": 1, "device": "cpu", "models": self._reader.identity} | packages

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> Sequence[float | None]:
        assert gt is not None, "a full-reference metric is given the ground truth"
        truth = self._reader.read(gt)
        if not truth:
            return [None] * len(pictures)
        return [self._measure(truth, self._reader.read(picture)) for picture in pictures]


def _create(
    name: str, measure: Measure, folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object
) -> Metric:
    return ScreenText(name, measure)


for _name, _measure, _higher, _range in (
    ("ocr_cer", character_errors, False, (0, None)),
    ("ocr_recall", word_recall, True, (0, 1)),
):
    METRICS.register(
        _name,
        needs=["rapidocr", "onnxruntime", "rapidfuzz"],
        install='pip install "cmc[ocr]"',
        full_reference=True,
        higher_is_better=_higher,
        range=_range,
        leaves_out="pictures of ground truths without text",
        gpus=0,
        licence="Apache-2.0 (RapidOCR; PP-OCR's models)",
    )(partial(_create, _name, _measure))
