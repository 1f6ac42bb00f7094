"""Lines of text in a picture and where they stand, by PP-OCR as the package rapidocr has it."""

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.files import sha256

if TYPE_CHECKING:
    from rapidocr import RapidOCR

# Of a detector and a recogniser, in the package.
DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
# Lines of fewer letters and digits are as often texture as text.
LEAST_CHARACTERS = 2
# Pictures whose lines are kept: more than are made of one ground truth.
KEPT = 256


@dataclass(frozen=True)
class Line:
    """What a line says, and the upright box around it: left, top, right, bottom in pixels."""

    text: str
    box: tuple[float, float, float, float]


class TextReader:
    """Reads pictures on one thread; the lines of the last ones are kept, so that metrics share them."""

    def __init__(self) -> None:
        models = _models()
        self.identity = {path.name: sha256(path) for path in models}
        self._reader = _load(*models)
        self._kept: dict[str, list[Line]] = {}

    def read(self, picture: np.ndarray) -> list[Line]:
        """The lines of a picture, (height, width, 3) uint8 RGB, from top to bottom."""
        key = hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = self._read(picture)
        return self._kept[key]

    def _read(self, picture: np.ndarray) -> list[Line]:
        found: Any = self._reader(np.ascontiguousarray(picture[:, :, ::-1]))  # it takes BGR
        texts = getattr(found, "txts", None) or ()
        boxes = found.boxes if texts else ()
        lines = [Line(text, _upright(corners)) for text, corners in zip(texts, boxes, strict=True)]
        return [line for line in lines if sum(map(str.isalnum, line.text)) >= LEAST_CHARACTERS]


@cache
def text_reader() -> TextReader:
    """The one of this process. Raises CMCError where the package lacks its models."""
    return TextReader()


def _models() -> list[Path]:
    package = importlib.util.find_spec("rapidocr")
    assert package is not None, "needed by the facts"
    assert package.origin is not None
    models = [Path(package.origin).with_name("models") / name for name in (DETECTOR, RECOGNISER)]
    for path in models:
        if not path.is_file():
            raise CMCError(
                f"no {path}, which rapidocr 3.10 brings; install it again: pip install 'rapidocr>=3.10,<3.11'"
            )
    return models


def _load(detector: Path, recogniser: Path) -> "RapidOCR":
    from rapidocr import RapidOCR

    options: dict[str, Any] = {
        "Global.log_level": "critical",
        # Screens stand upright, and a picture's line must not depend on how its neighbours are turned or batched.
        "Global.use_cls": False,
        "Rec.rec_batch_num": 1,
        # Without these it would download others.
        "Det.model_path": str(detector),
        "Rec.model_path": str(recogniser),
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return RapidOCR(params=options)


def _upright(corners: np.ndarray) -> tuple[float, float, float, float]:
    """The box around four corners (x, y)."""
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return left, top, right, bottom
