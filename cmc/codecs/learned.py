"""Learned codecs through the package compressai: its zoo, or a checkpoint of the user's, with real entropy-coded bytes.

RGB in [0, 1] without colour conversion; sides padded to multiples of 64 with the edge's pixels. Networks run on the CPU
in fp32: an entropy decoder must find the very probabilities that the encoder had, which GPUs do not promise.
"""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from cmc.codecs.base import Codec
from cmc.codecs.tensors import padded, to_picture
from cmc.core.errors import CMCError, reason
from cmc.core.once import once
from cmc.registry import CODECS

if TYPE_CHECKING:
    from torch import Tensor

# compressai 1.2 asks for numpy under 2, which it does not need: with its own dependencies it would take numpy back.
INSTALL = "pip install --no-deps compressai torch-geometric pytorch-msssim"
# The entropy coder writes words of 32 bits.
WORD = 4
# Bytes that tell weights from others.
DIGEST = 4
# Names under which checkpoints of these models hold their weights; MISC's has the first.
WRAPPERS = ("network", "state_dict", "model_state_dict")
# The zoo's names and best qualities; 1 is the coarsest.
MODELS = {"bmshj2018-hyperprior": 8, "mbt2018-mean": 8, "mbt2018": 8, "cheng2020-anchor": 6, "cheng2020-attn": 6}


class HyperpriorModel(Protocol):
    """What of compressai's models is used: strings of y and z from pictures (1, 3, height, width), and back."""

    @property
    def downsampling_factor(self) -> int: ...

    def compress(self, x: "Tensor") -> "dict[str, list[list[bytes]]]": ...

    def decompress(self, strings: list[list[bytes]], shape: list[int]) -> "dict[str, Tensor]": ...


class LearnedCodec(Codec):
    """A model with a hyperprior: latents y, hyperlatents z. A stream is the length of y's bytes, these, and z's.

    `weights`: what tells the model's from others'."""

    def __init__(self, model: HyperpriorModel, weights: bytes) -> None:
        self._model, self._weights = model, weights

    @property
    def weights(self) -> bytes:
        return self._weights

    def encode(self, image: Image.Image) -> bytes:
        import torch

        with torch.no_grad():
            picture = padded(image, self._model.downsampling_factor)
            (latents,), (hyper,) = self._model.compress(picture)["strings"]
        return len(latents).to_bytes(3, "big") + latents + hyper

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        import torch

        end = 3 + int.from_bytes(stream[:3], "big")
        if len(stream) <= end or (len(stream) - end) % WORD or (end - 3) % WORD:
            raise CMCError(
                f"expected a learned codec's stream of whole words past {end} bytes, found {len(stream)}; encode anew"
            )
        width, height = size
        shape = [-(-side // self._model.downsampling_factor) for side in (height, width)]
        try:
            with torch.no_grad():
                reconstruction = self._model.decompress([[stream[3:end]], [stream[end:]]], shape)["x_hat"]
        except (RuntimeError, ValueError) as error:
            raise CMCError(
                f"this learned codec's stream is damaged ({reason(error)}); encode the image anew"
            ) from error
        return to_picture(reconstruction, size)


@once
def _load_codec(name: str, quality: int, checkpoint: str) -> LearnedCodec:
    """The codec, once for all images: the zoo's of `quality`, or the checkpoint's. Raises CMCError for neither, and for
    a checkpoint of which one key does not match."""
    from compressai.zoo import image_models
    from compressai.zoo.image import model_architectures

    from cmc.weights.checkpoint import read_checkpoint

    try:
        if checkpoint:
            model = model_architectures[name].from_state_dict(read_checkpoint(Path(checkpoint), WRAPPERS))
        else:
            model = image_models[name](quality=quality, metric="mse", pretrained=True, progress=False)
    except (OSError, RuntimeError, KeyError) as error:
        source = checkpoint or f"compressai's {name} of quality {quality}"
        raise CMCError(f"{source} cannot be loaded ({reason(error)}); expected weights of {name}") from error
    model.eval().update()
    return LearnedCodec(model, weights_digest(model.state_dict()))


def weights_digest(state: "Mapping[str, Tensor]") -> bytes:
    """The first 4 bytes of the SHA-256 of names, types, shapes and bytes of weights, by name: whatever file they came
    from, and the tables of the entropy coder among them."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.digest()[:DIGEST]


def _create(name: str, qp: int = 1, checkpoint: str = "", **_: object) -> Codec:
    return _load_codec(name, qp, checkpoint)


for _name, _best in MODELS.items():
    CODECS.register(
        _name,
        needs=["compressai"],
        install=INSTALL,
        suffix=".lic",
        qp=(1, _best),
        standard=f"learned: {_name} (MSE), compressai, quality",
        counted="both entropy-coded strings, and 3 bytes for the length of the first",
    )(partial(_create, _name))
