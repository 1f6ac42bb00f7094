"""Q-ReAlign: a multimodal model is asked for a picture's quality, and the score is where its answer leans.

Computed by transformers alone: pyiqa's own class changes transformers for the whole process before it does the same.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cmc.core.errors import CMCError
from cmc.metrics.base import Metric
from cmc.metrics.embedding import folder_digest, load_network, load_part
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

QUESTION, ANSWER = "Can you rate the quality of this picture?", "The quality of the image is"
# What the answer may go on with, and what each word counts.
LEVELS = {"excellent": 1.0, "good": 0.75, "fair": 0.5, "poor": 0.25, "bad": 0.0}
KIND = "Q-ReAlign"


class QReAlign(Metric):
    """The mean of LEVELS under the probabilities of those words alone, in fp32, one picture at a time."""

    full_reference = False

    def __init__(self, name: str, folder: Path, device: "torch.device") -> None:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self._processor = load_part(folder, AutoProcessor, KIND)
        self._network, self._device = load_network(folder, AutoModelForImageTextToText, KIND).to(device), device
        self._levels = [self._first_token(f" {word}", folder) for word in LEVELS]
        turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]}
        self._text = self._processor.apply_chat_template([turn], add_generation_prompt=True) + ANSWER
        self.note = f"{name} is by {folder.name}"
        self.identity = {
            "metric": name,
            "weights": folder_digest(folder),
            "dtype": "torch.float32",
            "device": device.type,
        }

    def _first_token(self, word: str, folder: Path) -> int:
        tokens = self._processor.tokenizer(word, add_special_tokens=False)["input_ids"]
        if not tokens:
            raise CMCError(f"{folder} is no {KIND}: its tokenizer does not know {word.strip()!r}; download it again")
        return int(tokens[0])

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> Sequence[float]:
        import torch

        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            return [self._score(picture) for picture in pictures]

    def _score(self, picture: np.ndarray) -> float:
        import torch

        inputs = self._processor(text=[self._text], images=[Image.fromarray(picture)], return_tensors="pt")
        logits = self._network(**inputs.to(self._device)).logits[0, -1, self._levels]
        values = torch.tensor(list(LEVELS.values()), device=logits.device)
        return float((logits.float().softmax(-1) * values).sum())


def _create(
    name: str, checkpoint: str, folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object
) -> Metric:
    return QReAlign(name, folder / checkpoint, device)


for _name, _checkpoint in (
    ("qrealign", "Q-ReAlign-Mini-0.8B"),
    ("qrealign_lite", "Q-ReAlign-Lite-4B"),
    ("qrealign_pro", "Q-ReAlign-Pro-9B"),
):
    METRICS.register(
        _name,
        needs=["transformers"],
        full_reference=False,
        higher_is_better=True,
        range=(0.0, 1.0),
        paper="arXiv 2312.17090",
        licence="as Q-ReAlign's",
        weights={_checkpoint: f"https://huggingface.co/q-future/{_checkpoint}"},
    )(partial(_create, _name, _checkpoint))
