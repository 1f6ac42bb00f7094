"""Q-Align, by which CMC-Bench filtered its candidates: as pyiqa computes it, in a process of its own."""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.metrics.base import Metric
from cmc.metrics.embedding import folder_digest
from cmc.metrics.pyiqa_metric import PYIQA_LICENCE
from cmc.metrics.qalign_process import QAlignProcess
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

FOLDER = "one-align"


class QAlign(Metric):
    """The mean of 5 to 1 under the probabilities of excellent, good, fair, poor and bad as the answer's next word.

    In half precision, one picture at a time, padded to a square with the mean colour of CLIP's pictures.
    """

    full_reference = False

    def __init__(self, name: str, task: str, folder: Path, device: "torch.device") -> None:
        self._process = QAlignProcess(name, task, folder, device)
        self.note = f"{name} is by {folder.name}, in half precision"
        self.identity = {
            "metric": name,
            "weights": folder_digest(folder),
            "pyiqa": version("pyiqa"),
            "dtype": "torch.float16",
            "device": device.type,
        }

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        return [self._process.score(picture) for picture in pictures]


def _create(name: str, task: str, folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object) -> Metric:
    return QAlign(name, task, folder / FOLDER, device)


# What the model is asked about a picture: the two words that it was trained with.
for _name, _task in (("qalign", "quality"), ("qalign_aesthetics", "aesthetics")):
    METRICS.register(
        _name,
        needs=["pyiqa", "icecream"],
        install='pip install "cmc[qalign]"',
        full_reference=False,
        higher_is_better=True,
        range=(1.0, 5.0),
        dtype="fp16",
        paper="arXiv 2312.17090",
        licence=f"{PYIQA_LICENCE}; weights: MIT (Q-Align), commercial use as Llama 2's",
        weights={FOLDER: f"https://huggingface.co/q-future/{FOLDER}"},
    )(partial(_create, _name, _task))
