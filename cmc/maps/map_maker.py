"""CLIP, loaded to say where in a picture its named items are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cmc.core.errors import CMCError, reason
from cmc.core.files import fingerprint
from cmc.core.images import RESAMPLING
from cmc.core.run_file import Document
from cmc.maps.item_map import SIDE, item_map
from cmc.maps.templates import sentences
from cmc.weights.hub import is_only_here
from cmc.weights.strict import check_checkpoint, from_loading_info

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# OpenAI's, MIT; MISC's own is the same network.
CHECKPOINT = "openai/clip-vit-base-patch16"
ADVICE = f"give --model_dir a folder of {CHECKPOINT}"


class MapMaker:
    """A CLIP in transformers' format: a hub id or a folder. Raises CMCError for what is none, or does not fit."""

    def __init__(self, checkpoint: str, device: "torch.device", dtype: "torch.dtype") -> None:
        from transformers import CLIPModel, CLIPTokenizer

        options: dict[str, Any] = {"local_files_only": is_only_here(checkpoint, ADVICE)}
        try:
            self._tokenizer: Any = CLIPTokenizer.from_pretrained(checkpoint, **options)
            loaded: Any = CLIPModel.from_pretrained(
                checkpoint,
                output_loading_info=True,
                dtype=dtype,
                ignore_mismatched_sizes=True,  # misfits are reported below, by name
                **options,
            )
        except Exception as error:  # safetensors, the hub and transformers raise kinds of their own
            raise CMCError(f"{checkpoint} is no CLIP in transformers' format ({reason(error)}); {ADVICE}") from error
        network, info = loaded
        check_checkpoint(checkpoint, from_loading_info(info))
        self._checkpoint, self._device = checkpoint, device
        self._network = network.eval().to(device)
        self._features: dict[str, Tensor] = {}

    def describe(self) -> Document:
        """What was loaded, for the run file."""
        folder, config = Path(self._checkpoint), self._network.config
        revision = fingerprint(folder) if folder.is_dir() else getattr(config, "_commit_hash", None)
        return {"checkpoint": self._checkpoint, "revision": revision}

    def maps_for(self, names: Sequence[str], image: Image.Image) -> np.ndarray:
        """bool (items, 8, 8): where each named item is in an RGB picture of any size."""
        import torch

        from cmc.maps.clip_surgery import similarity_map

        if not names:
            return np.zeros((0, SIDE, SIDE), bool)
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            similar = self._similar(names, image).split(1, dim=2)
            grid, size = (self._patches, self._patches), (image.height, image.width)
            # One by one: each is as large as the picture.
            large = (similarity_map(each, size, grid)[0, :, :, 0].cpu().numpy() for each in similar)
            return np.stack([item_map(values) for values in large])

    def _similar(self, names: Sequence[str], image: Image.Image) -> "Tensor":
        """(1, patches, items), fp32: how like a name each patch is."""
        import torch
        from torch.nn.functional import normalize

        from cmc.maps.clip_surgery import image_tokens, similarity

        tokens = image_tokens(self._network, self._pixels(image)).float()
        texts = torch.cat([self._feature(name) for name in names])
        # Over the tokens, as upstream's demo had it when MISC was published.
        return similarity(normalize(tokens, dim=1), texts, redundant=self._feature(""))[:, 1:]

    @property
    def _patches(self) -> int:
        """How many a side."""
        config = self._network.config.vision_config
        return config.image_size // config.patch_size

    def _pixels(self, image: Image.Image) -> "Tensor":
        """(1, 3, side, side): the picture squeezed into a square, not cropped."""
        import torch
        from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

        side = self._network.config.vision_config.image_size
        pixels = np.asarray(image.resize((side, side), RESAMPLING), np.float32) / 255
        scaled = (pixels - np.array(OPENAI_CLIP_MEAN, np.float32)) / np.array(OPENAI_CLIP_STD, np.float32)
        return torch.from_numpy(scaled).permute(2, 0, 1)[None].to(self._device, self._network.dtype)

    def _feature(self, name: str) -> "Tensor":
        """(1, width), fp32, of a name in all sentences; computed once."""
        from cmc.maps.clip_surgery import text_feature

        if name not in self._features:
            # Padded to the longest: what comes after a sentence's end does not matter to it.
            tokens = self._tokenizer(sentences(name), padding=True, truncation=True, return_tensors="pt")
            ids = tokens.input_ids.to(self._device)
            self._features[name] = text_feature(self._network, ids).float()
        return self._features[name]
