"""How alike a picture and its ground truth are in what a network sees in them: the cosine of two embeddings."""

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError, reason
from cmc.core.files import sha256
from cmc.metrics.base import Metric
from cmc.weights.strict import check_checkpoint, from_loading_info

if TYPE_CHECKING:
    import torch

WEIGHTS = "model.safetensors"
# What a folder in transformers' format holds.
FILES = ("config.json", "preprocessor_config.json", WEIGHTS)
# Endings of what a network's outputs depend on.
DIGESTED = (".bin", ".jinja", ".json", ".model", ".safetensors")


class EmbeddingMetric(Metric):
    """Cosine of the embeddings of a picture and its ground truth, in fp32, all pictures of a ground truth at once."""

    full_reference = True

    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> list[float]:
        import torch

        assert gt is not None, "a full-reference metric is given the ground truth"
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            # Copies, since torch warns of arrays that it may not write to.
            embeddings = self.embed([picture.copy() for picture in (*pictures, gt)])
            return torch.nn.functional.cosine_similarity(embeddings[:-1], embeddings[-1:]).tolist()

    @abstractmethod
    def embed(self, pictures: Sequence[np.ndarray]) -> "torch.Tensor":
        """(n, d) embeddings of n pictures, (height, width, 3) uint8 RGB of one size."""


class TransformersEmbedding(EmbeddingMetric):
    """By a network of transformers, from a folder as the hub has it; a subclass names the classes and embeds pixels.

    kind: what the folder is to hold, as messages call it.
    """

    kind: str

    def __init__(self, name: str, folder: Path, network: Any, processor: Any, device: "torch.device") -> None:
        self._prepare = load_part(folder, processor, self.kind)
        self._network, self._device = load_network(folder, network, self.kind).to(device), device
        self.identity = {"metric": name, "weights": sha256(folder / WEIGHTS), "device": device.type}

    def embed(self, pictures: Sequence[np.ndarray]) -> "torch.Tensor":
        batch = self._prepare(list(pictures), input_data_format="channels_last", return_tensors="pt")
        return self.embed_pixels(batch["pixel_values"].to(self._device))

    @abstractmethod
    def embed_pixels(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """(n, d) embeddings of what the processor made of n pictures."""


def load_part(folder: Path, part: Any, kind: str, **options: Any) -> Any:
    """What the class `part` of transformers makes of a folder alone. Raises CMCError for a folder of anything else."""
    try:
        return part.from_pretrained(folder, local_files_only=True, **options)
    except Exception as error:  # safetensors and transformers raise kinds of their own on rubbish
        raise CMCError(f"{folder} is no {kind} in transformers' format ({reason(error)}); download it again") from error


def load_network(
    folder: Path, network: Any, kind: str, dtype: str = "float32", use_safetensors: bool | None = True
) -> Any:
    """A network of the class `network`, for evaluation; use_safetensors: None takes PyTorch's own files, too, if they
    hold nothing but tensors. Raises CMCError for weights that do not fit."""
    loaded, info = load_part(
        folder,
        network,
        kind,
        output_loading_info=True,
        use_safetensors=use_safetensors,
        weights_only=True,
        dtype=dtype,
        ignore_mismatched_sizes=True,  # misfits are reported below, by name
    )
    check_checkpoint(folder, from_loading_info(info))
    return loaded.eval()


def folder_digest(folder: Path) -> str:
    """Of all that a checkpoint holds, in whatever number of files."""
    files = sorted(path for path in folder.iterdir() if path.suffix in DIGESTED)
    return hashlib.sha256("".join(f"{path.name} {sha256(path)}\n" for path in files).encode()).hexdigest()


def sources(folder: str, owner: str, *further: str) -> Mapping[str, str]:
    """The fact `weights` of a folder on the hub, which is called the same in the folder of weights, with what files it
    must hold beside FILES."""
    return {f"{folder}/{file}": f"https://huggingface.co/{owner}/{folder}" for file in (*FILES, *further)}
