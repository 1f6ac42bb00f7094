"""What text encoders made of prompts, kept for the batches and modes to come: each caption is encoded once a run."""

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline
    from torch import Tensor

# Bytes of main memory: a thousand captions of FLUX, six thousand of Stable Diffusion XL.
LIMIT = 4 * 1024**3
# What pipelines call their own way from prompts to embeddings, the public name first.
ENCODERS = ("encode_prompt", "_encode_prompt")
# Tensors, and whatever else an encoder returns with them, in lists and tuples.
Encoded: TypeAlias = Union["Tensor", list["Encoded"], tuple["Encoded", ...], None]
Kept = TypeVar("Kept", bound=Encoded)


class PromptMemory:
    """Embeddings by what they were made of, up to `limit` bytes.

    Once that is full, the newest makes room for the next: modes go over the same captions in the same order, so that
    those of the beginning are asked for again, and the prompt of the image mode at once.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit, self._bytes = limit, 0
        self._kept: OrderedDict[Hashable, tuple[Encoded, torch.device | None]] = OrderedDict()

    def get(self, key: Hashable, encode: Callable[[], Kept]) -> Kept:
        """What `encode` returned when this was first asked for: the same numbers, on the same device."""
        if key not in self._kept:
            self._put(key, encode())
        encoded, device = self._kept[key]
        return _moved(encoded, device)

    def _put(self, key: Hashable, encoded: Encoded) -> None:
        size = sum(tensor.nbytes for tensor in _tensors(encoded))
        while self._kept and self._bytes + size > self._limit:
            _, (last, _) = self._kept.popitem()
            self._bytes -= sum(tensor.nbytes for tensor in _tensors(last))
        device = next((tensor.device for tensor in _tensors(encoded)), None)
        self._kept[key] = _moved(encoded, "cpu"), device
        self._bytes += size

    def serve(self, pipeline: "DiffusionPipeline") -> "DiffusionPipeline":
        """The pipeline, which from now on asks this memory before its text encoders."""
        name = next((name for name in ENCODERS if hasattr(pipeline, name)), None)
        if name is not None and name not in vars(pipeline):
            setattr(pipeline, name, partial(self._encode, getattr(pipeline, name)))
        return pipeline

    def _encode(self, encode: Callable[..., Kept], *given: object, **options: object) -> Kept:
        arguments = inspect.signature(encode).bind(*given, **options)
        arguments.apply_defaults()
        values = tuple((name, _as_key(value)) for name, value in arguments.arguments.items())
        encoding = partial(encode, *given, **options)
        # Pictures and tensors among the arguments have no key: what is made of them is not remembered.
        known = all(key is not None for _, key in values)
        return self.get(values, encoding) if known else encoding()


def _as_key(value: object) -> Hashable | None:
    """An argument as what tells it from others; None for one that is neither text nor number nor device."""
    import torch

    if isinstance(value, list | tuple):
        parts = tuple(_as_key(part) for part in value)
        return None if None in parts else parts
    if isinstance(value, str | int | float | torch.device | torch.dtype | type(None)):
        return type(value).__name__, str(value)
    return None


def _tensors(encoded: Encoded) -> "list[Tensor]":
    import torch

    if isinstance(encoded, list | tuple):
        return [tensor for part in encoded for tensor in _tensors(part)]
    return [encoded] if isinstance(encoded, torch.Tensor) else []


def _moved(encoded: Any, device: "torch.device | str | None") -> Any:
    import torch

    if isinstance(encoded, list | tuple):
        return type(encoded)(_moved(part, device) for part in encoded)
    return encoded.to(device) if isinstance(encoded, torch.Tensor) else encoded
