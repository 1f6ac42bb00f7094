"""CLIPScore: how well a picture fits the caption that it was made from (Hessel et al., EMNLP 2021, equation 1)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmc.core.files import sha256
from cmc.metrics.base import Metric
from cmc.metrics.clipsim import FOLDER
from cmc.metrics.embedding import WEIGHTS, load_network, load_part, sources
from cmc.registry import METRICS

if TYPE_CHECKING:
    import torch

# The paper's w, and what it puts before a caption.
SCALE, PROMPT = 2.5, "A photo depicts"
TOKENIZER = "tokenizer.json"


class ClipScore(Metric):
    """2.5 max(cos, 0) of CLIP's embeddings of a picture and of its caption, in fp32; what of a caption is behind CLIP's
    77 tokens is not read."""

    full_reference = False

    def __init__(self, folder: Path, device: "torch.device") -> None:
        from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

        self._prepare = load_part(folder, CLIPImageProcessorPil, "CLIP")
        self._tokenizer = load_part(folder, CLIPTokenizer, "CLIP")
        self._network, self._device = load_network(folder, CLIPModel, "CLIP").to(device), device
        digests = {"weights": sha256(folder / WEIGHTS), "tokenizer": sha256(folder / TOKENIZER)}
        self.identity = {"metric": "clipscore", "prompt": PROMPT, "device": device.type} | digests

    def score(
        self, pictures: Sequence[np.ndarray], gt: np.ndarray | None, captions: Sequence[str] = ()
    ) -> Sequence[float]:
        import torch

        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            cosines = torch.nn.functional.cosine_similarity(self._of_pictures(pictures), self._of_texts(captions))
            return (SCALE * cosines.clamp(min=0)).tolist()

    def _of_pictures(self, pictures: Sequence[np.ndarray]) -> "torch.Tensor":
        # Copies, since torch warns of arrays that it may not write to.
        copies = [picture.copy() for picture in pictures]
        batch = self._prepare(copies, input_data_format="channels_last", return_tensors="pt")
        return self._network.get_image_features(**batch.to(self._device)).pooler_output

    def _of_texts(self, captions: Sequence[str]) -> "torch.Tensor":
        texts = [f"{PROMPT} {caption}" for caption in captions]
        longest = self._network.config.text_config.max_position_embeddings
        batch = self._tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        return self._network.get_text_features(**batch.to(self._device)).pooler_output


@METRICS.register(
    "clipscore",
    needs=["transformers"],
    full_reference=False,
    higher_is_better=True,
    range=(0.0, SCALE),
    reads_caption=True,
    leaves_out="pictures that were made without a caption or do not say from which",
    colour="RGB",
    paper="arXiv 2104.08718",
    licence="MIT (OpenAI's CLIP)",
    weights=sources(FOLDER, "openai", TOKENIZER),
)
def clipscore(folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object) -> Metric:
    """How much of the caption is to be seen."""
    return ClipScore(folder / FOLDER, device)
